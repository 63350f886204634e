/** What the registry says when it refuses, and what its audit finds. */
export const REGISTRY_PHRASES = `
an account of the operator → 该运营机构的账户
an account without an open case → 没有未结案件的账户
a locked account → 已锁定的账户
at most {0} keys of one handle in force → 同一账户至多 {0} 个有效密钥
{0} and a new one → {0} 个再加一个
a wallet or a terminal of a known operator → 已知运营机构的钱包或终端
another role → 其他角色
a key that was not certified before → 尚未认证过的密钥
a certified key → 已认证的密钥
a key of the account, or a new one → 本账户的密钥,或新密钥
the owner key of other coins → 其他币串的所有者密钥
keys of the account, or new ones → 本账户的密钥,或新密钥
a key of another account → 其他账户的密钥
a signature by the subject key → 由该密钥本身签署
a signature that holds → 成立的签名
a new order number → 新的订单号
the number of another order → 另一订单的号
an order number of {0} bytes → {0} 字节的订单号
an operator in good standing → 状态正常的运营机构
at most {0} coins of one order → 每个订单至多 {0} 枚币串
amounts above 0 → 大于 0 的金额
at least {0} in the account → 账户中至少有 {0}
at most {0} in coins of the operator (its quota) → 该运营机构的币串至多 {0}(其额度)
at most {0} live coins of one handle → 同一账户至多 {0} 枚有效币串
{0} more, room for {1} → 再要 {0} 枚,仅余 {1} 枚
a ticket that was not redeemed → 未兑付的取款凭证
a redeemed one → 已兑付的凭证
at most {0} tries → 至多尝试 {0} 次
the code of the ticket → 该凭证的取款码
another code → 其他取款码
at most {0} → 至多 {0}
{0} posting sets do not sum to 0 → {0} 组记账之和不为 0
balance of {0} is {1}, its postings say {2} → {0} 的余额为 {1} 分,其记账合计为 {2} 分
{0} is negative: {1} → {0} 为负:{1} 分
supply is {0}, reserves, coins and accounts are {1} → 供应量为 {0} 分,准备金、币串与账户合计 {1} 分
receivables, owed and recovery sum to {0} → 应收、应付与追偿之和为 {0} 分
{0} claims were not posted to the accounts that they name → {0} 笔入账未记入其所指账户
spends and claims of {0} name coins that are gone → {0} 的付款与入账指向已不存在的币串
coin {0} was credited twice over {1} → 币串 {0} 在 {1} 处重复入账
{0} is {1}, the coins hold {2} → {0} 为 {1} 分,币串合计 {2} 分
{0} × {1} ({2}) → {0} 处:{1}({2} 分)
`;
