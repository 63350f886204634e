/** What carriers, cryptography and the protocol say when they refuse a message. */
export const MESSAGE_PHRASES = `
at most {0} characters → 至多 {0} 个字符
at most {0} bytes → 至多 {0} 字节
at most {0} lines → 至多 {0} 行
at least {0} bytes → 至少 {0} 字节
{0} characters → {0} 个字符
{0} bytes → {0} 字节
1 to {0} bytes → 1 至 {0} 字节
groups of three characters, or two at the end → 每三个字符一组,末组可为两个
only characters of base45 → 仅含 base45 字符
another at place {0} → 第 {0} 处有其他字符
a group of at most 65535 → 每组值不超过 65535
a last group of at most 255 → 末组值不超过 255
{0} at place {1} → 第 {1} 处为 {0}
whole words of {0} letters, at least {1} → 由 {0} 个字母组成的完整词,至少 {1} 个
words of the Bytewords list → Bytewords 词表中的词
another as word {0} → 第 {0} 个词不在其中
the checksum of its words → 与各词相符的校验和
another one → 另一个
an array of five items → 五项的数组
another item → 其他数据项
shortest heads of integers and of a byte string → 整数与字节串的最短编码头
else at byte {0} → 第 {0} 字节处不符
{0} bytes of data to the end → 到末尾共 {0} 字节数据
a part number from 1 → 从 1 起的分段号
1 to {0} fragments → 1 至 {0} 个分片
a message of 1 to {0} bytes → 1 至 {0} 字节的消息
{0} fragments that just hold {1} bytes → 恰好容纳 {1} 字节的 {0} 个分片
{0} bytes in each → 每片 {0} 字节
a CBOR byte string → CBOR 字节串
a message → 消息
a text that starts with {0} or {1}/ → 以 {0} 或 {1}/ 开头的文本
another start → 其他开头
a message after {0} → {0} 之后的消息
parts of a message → 消息的分段
none → 无
nothing → 空
more → 更多
the message begun → 已开始的消息
another message → 另一消息
a text that starts with "ur:" → 以“ur:”开头的文本
letters, digits, "-", "/" and ":" → 字母、数字、“-”、“/”与“:”
other characters → 其他字符
two or three pieces apart by "/" → 以“/”分隔的两段或三段
a type of 1 to {0} letters, digits, "-" → 由 1 至 {0} 个字母、数字或“-”组成的类型
another → 其他内容
a part number, "-" and a count, from 1 → 分段号、“-”与总数,从 1 起
another text → 其他文本
part {0} → 第 {0} 段
a fragment that agrees with the others → 与其他分片一致的分片
the same fragment as before → 与先前相同的分片
a message with the announced checksum → 与所报校验和相符的消息
the message of the other parts → 其他分段的消息
a recipient key on its curve → 曲线上的接收方公钥
bytes that are no point of it → 不在曲线上的字节
a sealed message that starts with a point of the curve → 以曲线上的点开头的密封消息
a message sealed for this key and purpose → 为此密钥与用途密封的消息
one that does not authenticate → 未通过验证的消息
a recipient key of suite {0} → 套件 {0} 的接收方公钥
suite {0} → 套件 {0}
a wrapped key of {0} bytes → {0} 字节的封装密钥
wrapped key version 1 → 封装密钥第 1 版
version {0} → 版本 {0}
purpose 1 (sign) or 2 (seal) → 用途 1(签名)或 2(密封)
purpose {0} → 用途 {0}
a key of suite {0} → 套件 {0} 的密钥
a public key → 公钥
other bytes → 其他字节
a key wrapped by this key-encryption key → 由此加密密钥封装的密钥
data encrypted by this key → 由此密钥加密的数据
data that does not authenticate → 未通过验证的数据
a Duet message → Duet 消息
another first byte → 其他首字节
the form of the specification → 规范的格式
{0} at byte {1}: {2} → 第 {1} 字节处格式有误({0})
the whole way from the coin, within the hop limit → 自币串起的完整路径,且在转手次数上限内
a missing object → 缺少对象
the document of every owner → 每位持有人的证件
a missing document → 缺少证件
at most {0} inputs → 至多 {0} 个输入
inside {0} → 在 {0} 之内
disjoint ranges of one coin → 同一币串的互不相交区间
disjoint ranges → 互不相交的区间
two ranges over {0} → 两个区间都含 {0}
two over {0} → 两个区间都含 {0}
inputs that one key owns → 同一密钥拥有的输入
inputs of several keys, or another suite → 多个密钥的输入,或其他套件
a certificate of the payee → 收款方证书
a coin outside a refund → 非退款中的币串
a spend back to the key that paid, from the payment refunded → 用所退款项付回原付款密钥
a policy of the trust bundle → 可信清单中的策略
policy {0} → 策略 {0}
at most {0} earlier spends → 此前至多转手 {0} 次
at most {0} of one key → 同一密钥至多 {0} 笔
number {0} → 第 {0} 笔
at most {0} in one payment → 单笔至多 {0}
at most {0} in one payment (maxPerPayment of policy {1}) → 单笔至多 {0}(策略 {1} 的 maxPerPayment)
more than there can be → 超出可能的数额
not before {0} → 不早于 {0}
from {0} → 自 {0} 起
before {0} → {0} 之前
from {0}, before {1} → {0} 起,{1} 之前
an issuer key of the trust bundle → 可信清单中的发行方密钥
an issuer key → 发行方密钥
key {0} → 密钥 {0}
key {0} in its dates → 有效期内的密钥 {0}
key {0} in force → 有效的密钥 {0}
a coin of {0} → {0} 的币串
a signing key of the trust bundle → 可信清单中的签名密钥
a certificate of {0} → {0} 的证书
a wallet or a terminal → 钱包或终端
categories {0} → 商户类别 {0}
regions {0} → 地区 {0}
{0} to {1} → {0} 至 {1}
any → 不限
signatures that hold under the named keys → 在所示密钥下成立的签名
{0} that {1} not → {0} 个不成立
evidence of one key against itself → 同一密钥自相矛盾的证据
other evidence → 其他证据
a counter above {0} for payment {1} of one hardware key → 同一硬件密钥第 {1} 笔付款的计数大于 {0}
an intake note → 收件凭据
a key of operator {0} → 运营机构 {0} 的密钥
a note of day {0} → 第 {0} 日的凭据
a note over these sealed bytes → 针对这些密封字节的凭据
one over others → 针对其他字节的凭据
lists of at most {0} s → 不超过 {0} 秒的清单
{0} s → {0} 秒
a payer that is not on the hot list → 不在锁定名单上的付款方
a payee that is not on the hot list → 不在锁定名单上的收款方
a revoked key or coin → 已锁定的密钥或币串
a revoked payee → 已锁定的收款方
earlier owners that are not on the hot list → 不在锁定名单上的前手
a revoked earlier owner → 已锁定的前手
a payment nonce exactly for a standing request → 仅固定收款请求带付款随机数
a payment nonce for a standing request → 固定收款请求的付款随机数
the other form → 另一种形式
one stated total → 一致的总额
paid from {0} to {1} → 付款时间在 {0} 至 {1} 之间
paid up to {0} → 付款时间不晚于 {0}
a coin of an epoch in force → 有效批次的币串
epoch {0} → 批次 {0}
no stop → 未被暂停
operator {0} → 运营机构 {0}
class {0} → 类别 {0}
region {0} → 地区 {0}
at most {0} s ahead of this device's clock → 比本设备时钟至多快 {0} 秒
a request made within {0} s of now → 距今 {0} 秒以内的请求
one made {0} → {0}发出的请求
{0} s in the future → {0} 秒后
{0} s ago → {0} 秒前
a suite of this device → 本设备支持的套件
user present and verified, not backup-eligible → 用户在场并已验证,且密钥不可备份
flags {0} → 标志 {0}
a client-data template of the bundle → 可信清单中的客户端数据模板
template {0} → 模板 {0}
a version above {0} → 高于 {0} 的版本
the suite of the root → 根密钥的套件
a list not before {0} → 不早于 {0} 的清单
the list of authority {0} → 机构 {0} 的清单
a list of key {0} → 密钥 {0} 的清单
a list before {0} → {0} 之前的清单
no such request → 没有该请求
a request {0} → 状态为 {0} 的请求
the verdict of this request → 该请求的回执
the verdict of another one → 另一请求的回执
spends exactly in an acceptance → 仅接受时列出付款
{0} spends → {0} 笔付款
an answered request → 已答复的请求
an open one → 未结的请求
a request answered at {0} → {0} 已答复的请求
a payment {0} → 状态为 {0} 的付款
a payment that was recorded → 已记录的付款
{0} signatures → {0} 个签名
the verdict of this payment → 该付款的回执
{0} yuan → {0} 元
{0} or {1} → {0}或{1}
{0} of {1} → {1} 中的 {0}
{0}, or {1} → {0},或{1}
`;
