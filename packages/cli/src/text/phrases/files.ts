/** What commands say of what was typed, and of the files that they were given. */
export const FILE_PHRASES = `
unknown option '{0}' → 没有选项“{0}”
unknown command '{0}' → 没有命令“{0}”
{0} (Did you mean {1}?) → {0}(是否指 {1}?)
missing required argument '{0}' → 缺少参数“{0}”
required option '{0}' not specified → 缺少必需的选项“{0}”
option '{0}' argument missing → 选项“{0}”缺少值
option '{0}' argument '{1}' is invalid. {2} → 选项“{0}”的值“{1}”无效。{2}
a whole number is wanted. → 应为整数。
too many arguments for '{0}'. Expected {1} arguments but got {2}: {3}. → “{0}”的参数过多:应为 {1} 个,实为 {2} 个({3})
too many arguments for '{0}'. Expected {1} argument but got {2}: {3}. → “{0}”的参数过多:应为 {1} 个,实为 {2} 个({3})
an amount in yuan above 0, such as 12.30 → 大于 0 的金额(元),如 12.30
{0}: a part of a fen → {0}:不足一分
{0}: above 2^53-1 fen → {0}:超过 2^53-1 分
the id of one case (duet fraud list) → 一个案件的编号(duet fraud list)
{0} cases that begin with it → 以此开头的案件有 {0} 个
the issuer of this machine → 本机发行方
a fraud proof → 欺诈证明
all parts of the proof → 证明的全部分段
{0} of them → 其中 {0} 段
a compressed point, a ciphertext and its tag → 压缩点、密文及其标签
{0} bytes of another form → {0} 字节的其他格式
a whole request → 完整的请求
some of its parts → 部分分段
an object, a text, a UR part or a proof → 对象、文本、UR 分段或证明
bytes, hexadecimal digits, or a text that starts with DUET: or ur: → 字节、十六进制数字,或以 DUET: 或 ur: 开头的文本
a text of {0} characters → {0} 个字符的文本
{0} bytes of something else → {0} 字节的其他内容
a trust bundle signed by the root key → 由根密钥签署的可信清单
a whole trust bundle → 完整的可信清单
suite {0}, that of the key → 密钥的套件 {0}
a key of role {0} in the trust bundle → 可信清单中角色为 {0} 的密钥
a list that the trust bundle names → 可信清单所列的清单
more than that → 更多
bytes of a message, or a text that starts with DUET: or ur:duet/ → 消息的字节,或以 DUET: 或 ur:duet/ 开头的文本
all {0} parts of the message → 消息的全部 {0} 段
a whole message → 完整的消息
the end of the input → 输入已结束
the amount of the request, {0} → 请求的金额 {0}
a yes of the holder → 持有人同意
nobody who could be asked → 无人可询问
another answer → 其他回答
one request → 一个请求
several → 多个
a request that is still open → 仍未结的请求
at least {0} characters of a reference → 编号的至少 {0} 个字符
the reference of one payment → 一笔交易的编号
{0} that begin with {1} → 以 {1} 开头的有 {0} 笔
bytes that are no message of Duet → 不是 Duet 消息的字节
a request → 请求
an offer → 付款消息
a receipt → 回执
a signed object → 已签署的对象
an upload → 上传内容
{0}: give it to {1} → {0}:请交给 {1}
{0} devices with a paid transfer, and three devices in all → {0} 台有成功付款的设备,且至少共三台设备
{0} with one, of {1} → 共 {1} 台,其中 {0} 台有
a file of at most {0} bytes → 至多 {0} 字节的文件
UTF-8 text → UTF-8 文本
bytes that are no text → 不是文本的字节
{0} columns, as in the first line → 与首行相同的 {0} 列
{0} columns → {0} 列
line {0}: {1} → 第 {0} 行:{1}
a first line {0} → 首行为 {0}
an empty file → 空文件
each column once → 每列一次
column {0} twice → 列 {0} 重复
the columns {0} → 各列为 {0}
a closing quote → 右引号
a quote that is not closed → 引号未闭合
lines of at most {0} bytes → 每行至多 {0} 字节
a longer line, or a quote that is not closed → 行过长,或引号未闭合
quotes around a whole cell → 引号应包住整个单元格
a quote inside a cell → 单元格内有引号
something after a closing quote → 右引号之后有内容
comma-separated values (RFC 4180) → 逗号分隔的值(RFC 4180)
something else → 其他内容
{0}: {1} → {0}:{1}
a larger one → 更大的文件
a policy of at most {0} bytes → 至多 {0} 字节的策略
a JSON object with the fields of a policy → 含策略字段的 JSON 对象
something that is not JSON → 不是 JSON
another JSON value → 其他 JSON 值
only {0} → 仅限 {0}
field {0} → 字段 {0}
true or false → true 或 false
a whole number from {0} to {1} → {0} 至 {1} 的整数
an amount in yuan, such as 12.30 → 金额(元),如 12.30
claimDays above offlineTicketDays, by at least skew → claimDays 大于 offlineTicketDays,且至少多出 skew
claimDays {0}, offlineTicketDays {1}, skew {2} → claimDays {0}、offlineTicketDays {1}、skew {2}
listMaxAge of at least {0}: the lists are signed once an hour → listMaxAge 至少 {0}:清单每小时签署一次
money of together at most {0} → 资金合计至多 {0}
a name of 1 to {0} characters → 1 至 {0} 个字符的名称
a name other than "{0}" → “{0}”以外的名称
at most {0} nodes → 至多 {0} 个节点
one more → 还多一个
a time step: a whole number from 0 to 2^53-1 → 时间步:0 至 2^53-1 的整数
time {0} → 时间 {0}
at most {0} transfers → 至多 {0} 笔转账
each node once → 每个节点一次
nodeid {0} twice → nodeid {0} 重复
balances of together at most {0} → 余额合计至多 {0}
transfers of together at most {0} at one time → 同时转账合计至多 {0}
more money than that → 更多资金
at most two decimals: a fen is not divided → 至多两位小数:分不可再分
an amount above 0 → 大于 0 的金额
an amount of at most {0} → 不超过 {0} 的金额
{0} (not-a-number) → {0}(不是数)
{0} (fractional-fen) → {0}(不足一分)
{0} (not-positive) → {0}(不大于 0)
{0} (too-large) → {0}(过大)
`;
