/** What a person reads, in English and Chinese: the headlines of errors and the sentences of `duet wallet`. */

export type Language = 'en' | 'zh';

/** `DUET_LANG`, else the locale of the environment; English where neither says Chinese. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  const said = env.DUET_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  return /^zh/i.test(said) ? 'zh' : 'en';
}

/** Each sentence in both languages; `{name}` is replaced by a value. */
const TABLE = {
  // Errors.
  rejected: ['Refused', '被拒绝'],
  usage: ['Wrong command line', '命令有误'],
  operational: ['Failed', '操作失败'],
  bug: ['A defect of duet', '程序缺陷'],
  expected: ['expected', '应为'],
  got: ['got', '实为'],
  todo: ['to do', '处理'],
  // The issuer of this machine.
  issuerMade: [
    'Made an issuer for trying things out, with the operators {operators}, in {folder}.',
    '已建立本机试用发行方(运营机构:{operators}),位于 {folder}。',
  ],
  // Wallets.
  walletMade: ['Made a wallet in {folder}.', '已在 {folder} 创建钱包。'],
  walletShop: ['It is the till of "{name}".', '它是“{name}”的收款终端。'],
  deposited: ['Put {amount} yuan of play money into its account.', '已向其账户存入试用资金 {amount} 元。'],
  loaded: ['Loaded {amount} yuan: it can be paid offline now.', '已圈存 {amount} 元,可离线支付。'],
  requestShown: [
    'Asking for {amount} yuan. Give this to the payer, then run: duet wallet receive',
    '请求付款 {amount} 元。请交给付款方,然后运行:duet wallet receive',
  ],
  requestStanding: [
    'A standing request: any payer, any amount. Then run: duet wallet receive',
    '固定收款请求:任意付款方、任意金额。然后运行:duet wallet receive',
  ],
  payee: ['Payee', '收款方'],
  unnamed: ['unnamed (a private wallet)', '未具名(个人钱包)'],
  amount: ['Amount', '金额'],
  note: ['For', '说明'],
  remains: ['Remains', '剩余'],
  refundFlag: ['This pays back an earlier payment.', '这是一笔退款。'],
  confirmPay: ['Pay {amount} yuan?', '支付 {amount} 元?'],
  notPaidByYou: ['Not paid: nothing was signed.', '未支付:没有签署任何内容。'],
  paidOut: [
    'Signed {amount} yuan ({bytes} bytes sealed to the payee). Not yet known whether it arrived: give this to the payee.',
    '已签署 {amount} 元(密封 {bytes} 字节)。是否到账尚未知:请交给收款方。',
  ],
  paidAgain: [
    'Already signed at {time}: the same offer again, byte for byte. Nothing was paid twice.',
    '已于 {time} 签署:再次给出同一付款,未重复支付。',
  ],
  received: ['Received {amount} yuan.', '已收到 {amount} 元。'],
  receivedAgain: [
    'Already paid at {time}: {amount} yuan. Nothing new was received.',
    '已于 {time} 收款:{amount} 元,本次没有新收款。',
  ],
  verdictShow: ['The receipt may be shown back to the payer:', '可将回执交给付款方:'],
  verdictPaid: ['Paid: the payee has it.', '已支付:收款方已收讫。'],
  verdictNotPaid: [
    'Not paid: the payee did not accept it. The money comes back at the next sync.',
    '未支付:收款方未接受,资金将在下次同步时退回。',
  ],
  cancelled: ['Closed: this request takes no more money.', '已关闭:该请求不再收款。'],
  freed: ['Freed: it was never signed, so the money is yours again.', '已释放:从未签署,资金仍归您。'],
  spendable: ['Spendable now', '可支付'],
  conditional: ['Only for its purpose', '定向资金'],
  outgoing: ['Not yet known (outgoing)', '待确认(已付出)'],
  voided: ['Comes back at sync', '同步时退回'],
  settling: ['In settlement', '结算中'],
  atClose: ['Comes back at the close of its coins', '待币串到期后退回'],
  account: ['In the account', '账户余额'],
  accountPending: ['Pending to the account', '账户待确认'],
  noPayments: ['No payments yet.', '尚无交易。'],
  synced: ['Synced: {uploads} uploaded, {answered} answered.', '已同步:上传 {uploads},答复 {answered}。'],
  syncIncomplete: ['The sync did not finish: run it again.', '同步未完成:请重试。'],
  syncClaimed: ['Claimed {amount} yuan to the account.', '已入账 {amount} 元。'],
  syncReturned: ['{amount} yuan of void payments came back.', '未成功付款的 {amount} 元已退回。'],
  syncRefreshed: ['Exchanged {amount} yuan for fresh coins.', '已换币 {amount} 元。'],
  syncRefused: [
    'Refused by the registry: {code} (expected {expected}, got {got})',
    '登记处拒绝:{code}({expected};{got})',
  ],
  backedUp: [
    'Backed up to {file}: the account, and {payments} payments that the registry does not know yet. No key is in it.',
    '已备份至 {file}:账户及登记处尚未知晓的 {payments} 笔交易。其中不含密钥。',
  ],
  restored: [
    'Restored the evidence of {payments} payments under new keys. Sync: what it proves is credited to the account when its coins close.',
    '已用新密钥恢复 {payments} 笔交易的证据。请同步:其证明的资金将在币串到期后入账。',
  ],
  pasteHere: ['Paste the message, then press Enter (Ctrl-D to give up):', '请粘贴消息后按回车(Ctrl-D 放弃):'],
  partsSoFar: ['{received} of {expected} parts', '已收 {received}/{expected} 段'],
  part: ['Part {number} of {count}', '第 {number}/{count} 段'],
  written: ['Written to {file}.', '已写入 {file}。'],
  refundAsked: [
    'Asking back {amount} yuan. Give this to the one you paid; it pays with: duet wallet pay',
    '请求退款 {amount} 元。请交给当初的收款方,由其运行:duet wallet pay',
  ],
  waiting: ['Another duet command uses the registry; waiting…', '另一 duet 命令正在使用登记处,等待中…'],
  opening: ['Opening the registry…', '正在打开登记处…'],
  syncing: ['Syncing…', '正在同步…'],
  auditing: ['Recomputing every balance…', '正在重新计算全部余额…'],
  passphrase: ['Passphrase', '口令'],
  passphraseAgain: ['Passphrase again', '再次输入口令'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

export type MessageKey = keyof typeof TABLE;

/** A sentence in a language, with its values put in. */
export function say(
  language: Language,
  key: MessageKey,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const [english, chinese] = TABLE[key];
  const text = language === 'zh' ? chinese : english;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
