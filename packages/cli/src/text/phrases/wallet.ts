/** What a wallet says when it refuses to ask, pay, take or claim. */
export const WALLET_PHRASES = `
a credit note of the registry → 登记处的入账凭据
the recorded payments that the credit note names → 入账凭据所列的已登记付款
a credit note on this upload → 针对本次上传的入账凭据
one on other bytes → 针对其他字节的凭据
coins that were ordered → 所订的币串
a coin of another key → 其他密钥的币串
one coin for each key → 每个密钥一枚币串
two → 两枚
a first sync → 首次同步
no trust bundle → 没有可信清单
{0} coins → {0} 枚币串
a coin of the ordered key → 所订密钥的币串
one of another key of this device → 本设备另一密钥的币串
operator, currency and policy as ordered → 与订单一致的运营机构、币种与策略
a coin of the issuer → 发行方的币串
a coin of a key of this device → 本设备密钥的币串
another key → 另一密钥
a backup of at most {0} bytes → 至多 {0} 字节的备份
a backup of a wallet → 钱包备份
a backup that this passphrase opens → 此口令可打开的备份
another passphrase, or changed bytes → 其他口令,或内容有改动
settings of a wallet → 钱包设置
others → 其他内容
what the wallet held → 钱包所持资金
signed evidence → 已签署的证据
the key of somebody else → 他人的密钥
a key of this device → 本设备的密钥
the money of the payment, still here → 该付款的资金仍在此处
claimed, passed on or unknown → 已入账、已转付或未知
an amount for a standing request → 固定收款请求的金额
a request that was not paid → 尚未支付的请求
one that was paid → 已支付的请求
an open request → 未结的请求
one that ended without payment → 未付款即结束的请求
a payment that waits for its verdict → 等待回执的付款
a payment that waits for its verdict, or had it → 等待回执或已有回执的付款
a payment that waits for its answer → 等待答复的付款
one that is answered or freed → 已答复或已释放的付款
one that is {0} → 状态为 {0} 的付款
a payment that was recorded and never signed → 已记录但从未签署的付款
a payment of this wallet → 本钱包的付款
a payment that this wallet made → 本钱包发起的付款
one that it received → 其收到的款项
another reference → 其他编号
keys with payments left for every spend (maxPayments of their policy); a sync gives new keys → 每笔都有剩余付款次数的密钥(策略的 maxPayments);同步可换新密钥
more spends than are left → 超出剩余次数
at most {0} inputs and {1} bytes → 至多 {0} 个输入、{1} 字节
money in more or longer pieces → 资金更零碎或来源更长
enough money of the requested currency → 足够的所请求币种资金
enough money whose condition this payee meets → 足够的、收款方符合其条件的资金
enough money of a suite that the payee takes → 足够的、收款方接受其套件的资金
enough money before its spendBy → 足够的、未过可支付期限的资金
enough money whose times this clock has reached → 足够的、时间不晚于本时钟的资金
enough money of epochs in force → 足够的有效批次资金
enough money that may be passed on once more → 足够的、还可再转付一次的资金
enough money of keys with payments left (maxPayments of their policy); a sync gives new keys → 足够的、密钥仍有付款次数的资金(策略的 maxPayments);同步可换新密钥
{0} that can be spent here → 此处可支付 {0}
{0} in this wallet → 本钱包有 {0}
{0} in this wallet, at most {1} come to the account by {2} → 本钱包有 {0},另有至多 {1}最迟 {2} 入账
a certificate of this device → 本设备的证书
a sync within {0} days → {0} 天内同步过
the last one {0} s ago → 上次在 {0} 秒前
an amount, or a standing request → 金额,或固定收款请求
both → 两者都有
neither → 两者都没有
a request of this wallet → 本钱包的请求
a payment that was accepted → 已被接受的付款
one without a receipt → 没有回执的付款
a key in use → 使用中的密钥
a retired key, or one whose coin is closed → 已停用的密钥,或其币串已关闭
a payee key of this device → 本设备的收款密钥
at most {0} open requests → 至多 {0} 个未结请求
at most {0} held by this wallet (maxBalance) → 本钱包至多持有 {0}(maxBalance)
a verdict that lists the spends of the offer → 列出该付款各笔的回执
another list → 其他清单
inputs → 输入
other inputs → 其他输入
a range that this device holds → 本设备持有的区间
an unknown parent → 未知的来源
a free range → 空闲区间
inputs of one key → 同一密钥的输入
several keys → 多个密钥
new coins under the same condition → 同一条件下的新币串
a credit to {0} → 入账至 {0}
new keys of this device → 本设备的新密钥
spends that a verdict voided → 被回执作废的付款
spends that a verdict voided, each once → 被回执作废的付款,每笔一次
another spend → 其他付款
spends of one key → 同一密钥的付款
spends of several keys → 多个密钥的付款
a credit to an account → 入账至账户
each spend once → 每笔付款一次
one twice → 有一笔重复
a new request → 新的请求
a settled one → 已结算的请求
a trust bundle and a spend → 可信清单与付款
spends of this request → 该请求的付款
spends of another one → 另一请求的付款
one payee and one time → 同一收款方与时间
another payee or time → 其他收款方或时间
a range that nothing was signed over → 尚未签署过的区间
currency {0} → 币种 {0}
at most {0} payments of one key (maxPayments of policy {1}); a sync gives a new key → 同一密钥至多付款 {0} 次(策略 {1} 的 maxPayments);同步可换新密钥
ranges of the payment refunded, to the key that paid → 所退付款的区间,付回原付款密钥
spend number {0} of its key → 其密钥的第 {0} 笔付款
a stated total → 注明的总额
at most {0} payments of this device between two syncs; a complete sync starts a new count → 本设备两次同步之间至多付款 {0} 次;完整同步后重新计数
at most {0} in all payments of this device between two syncs; a complete sync starts anew → 本设备两次同步之间付款合计至多 {0};完整同步后重新累计
a confirmation by the holder → 持有人确认
a recorded payment → 已记录的付款
no such payment → 没有该付款
a payment of this device → 本设备的付款
a sync before the next signature → 下次签署前先同步
no continuity shown → 无法确认钱包是最新副本
a key that may sign → 可签署的密钥
a retired key: its money waits for the close of its coins → 已停用的密钥:其资金等待币串到期关闭
a trust bundle → 可信清单
what the registry takes → 登记处接受的内容
entry {0} of list {1} → 清单 {1} 的第 {0} 项
coins for all that was credited → 与入账额相符的币串
fewer coins → 币串不足
new coins → 新币串
money on the account → 账户中的资金
an input that is credited → 可入账的输入
input {0} → 输入 {0}
verdicts on payments of this wallet → 本钱包付款的回执
a payment → 一笔付款
a request alone → 仅有请求
a request of this device → 本设备的请求
a stated total of {0} → 注明总额 {0}
ranges of {0} → 合计 {0} 的区间
one history of every range → 每个区间只有一段历史
two spends of one range → 同一区间有两笔付款
a sealing key of the trust bundle → 可信清单中的密封密钥
a certificate of the new key → 新密钥的证书
operator, role and name as enrolled → 与登记一致的运营机构、角色与名称
a certificate that verifies → 可验证的证书
parts of {0} → 合计 {0} 的各部分
at most {0} uploads → 至多上传 {0} 次
a receipt of the payee of one of its payments → 其某笔付款的收款方回执
a receipt for something else → 其他付款的回执
a payment whose spends were signed → 已签署的付款
a verdict signed by the payee → 由收款方签署的回执
another signature → 其他签名
recorded → 已记录
signed → 已签署
answered → 已答复
freed → 已释放
open → 未结
closed → 已关闭
expired → 已过期
ends of payments that were asked about → 所询付款的结果
the end of another one → 其他付款的结果
paid → 已支付
not-paid → 未支付
not-yet-known → 待确认
recorded-not-yet-known → 已登记,待确认
`;
