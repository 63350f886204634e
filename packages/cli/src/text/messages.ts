/** What a person reads, in English and Chinese: the headlines of errors, `duet wallet`, and the lines of reports. */

import type { ProofForm } from '@duet/protocol/objects/fraud-proof';
import type { PaymentState } from '@duet/wallet/views';
import { REPORTS } from './reports.ts';
import { SIMULATION } from './simulation.ts';
import { typeable } from './typed.ts';

export type Language = 'en' | 'zh';

/** One text in both languages. */
export type Pair = readonly [english: string, chinese: string];

/** What is put into a text: some values have two languages themselves. */
export type Values = Readonly<Record<string, string | number | Pair>>;

/** The language that a name of a locale means, such as `zh-CN`, `zh_CN.UTF-8` or `en`; `undefined` for others. */
export function languageNamed(name: string): Language | undefined {
  if (/^zh([-_.@]|$)/i.test(name)) return 'zh';
  return /^en([-_.@]|$)/i.test(name) ? 'en' : undefined;
}

/** `DUET_LANG`, else the locale of the environment; English where neither says Chinese. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  return languageNamed(env.DUET_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ?? 'en';
}

export const pick = (language: Language, pair: Pair): string => typeable(pair[language === 'zh' ? 1 : 0]);

/** A text in a language, with its values put in for `{name}`. */
export function fill(language: Language, pair: Pair, values: Values): string {
  return pick(language, pair).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'object' ? pick(language, value) : String(value);
  });
}

/** Each sentence in both languages; `{name}` is replaced by a value. */
export const SENTENCES = {
  // Errors.
  rejected: ['Refused', '被拒绝'],
  usage: ['Wrong command line', '命令有误'],
  operational: ['Failed', '操作失败'],
  bug: ['A defect of duet', '程序缺陷'],
  expected: ['expected', '应为'],
  got: ['got', '实为'],
  todo: ['to do', '处理'],
  money: ['money', '资金'],
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
  refusedSoFar: [
    'Refused so far, goes up again at each sync ({code})',
    '暂被拒绝,每次同步时重新提交({code})',
  ],
  atClose: ['Comes to the account by {day}', '最迟 {day} 入账'],
  atSomeClose: ['Comes to the account at the close of its coins', '币串到期后入账'],
  atMost: ['at most {amount}', '至多 {amount}'],
  account: ['In the account', '账户余额'],
  accountPending: ['Pending to the account', '账户待确认'],
  noPayments: ['No payments yet.', '尚无交易。'],
  synced: ['Synced with the registry.', '已与登记处同步。'],
  syncAnswered: [
    'Payments that only their payers had reported, answered now: {answered}.',
    '付款方已上报、现已答复的付款:{answered} 笔。',
  ],
  syncIncomplete: ['The sync did not finish: run it again.', '同步未完成:请重试。'],
  syncClaimed: ['Claimed {amount} yuan to the account.', '已入账 {amount} 元。'],
  syncReturned: ['{amount} yuan of void payments came back.', '未成功付款的 {amount} 元已退回。'],
  syncRefreshed: ['Exchanged {amount} yuan for fresh coins.', '已换币 {amount} 元。'],
  syncOwed: [
    '{amount} yuan are owed to you, not credited yet: the fund could not pay at once. They come to the account after review.',
    '应付您 {amount} 元,尚未入账:基金未能立即支付,审核后入账。',
  ],
  syncOwedLate: [
    '{amount} yuan came after the close of their coins. The account that got the money then owes them: they come from there.',
    '{amount} 元在币串到期关闭后才提交:由当时获得该资金的账户偿付,从该账户转入。',
  ],
  syncRetired: [
    'This is a copy, or was put back: its old keys sign nothing any more. At most this comes to the account by itself, less what a newer copy paid since:',
    '本钱包是副本或曾被还原:旧密钥不再签署。以下资金最多如数自动入账,须扣除更新的副本此后所付:',
  ],
  syncRestored: [
    'This wallet was restored from a backup. What is left of the money of the old one comes to the account by itself:',
    '本钱包由备份恢复。旧钱包剩余的资金将自动入账:',
  ],
  syncRefused: ['Refused by the registry ({code}): {what}', '登记处拒绝({code}):{what}'],
  culpritCase: [
    'FRAUD CASE {case} names a key of this wallet: {what}. The registry has the proof.',
    '欺诈案件 {case} 指认本钱包的一个密钥:{what}。登记处持有证明。',
  ],
  culpritPaid: [
    '  {paid} yuan were paid to the others from the guarantee fund. The account is locked: it cannot load.',
    '  保障基金已向其他收款方支付 {paid} 元。账户已锁定,不能圈存。',
  ],
  culpritOwes: ['  The account still owes {receivable} yuan.', '  账户尚欠 {receivable} 元。'],
  culpritSettled: ['  Nothing is owed any more.', '  已无欠款。'],
  culpritTodo: [
    '  to do: put money into the account (duet wallet sync --claim does, with what this wallet received); see duet fraud show {case}. If you did not copy this wallet, somebody else has: stop using it.',
    '  处理:请向账户存入资金(duet wallet sync --claim 可转入所收资金);详见 duet fraud show {case}。若您未曾复制本钱包,则有他人复制:请停止使用。',
  ],
  backedUp: [
    'Backed up to {file}: whose account it is, and the evidence that the registry does not have yet (payments: {payments}). No key is in it.',
    '已备份至 {file}:账户信息,及登记处尚未持有的证据({payments} 笔交易)。其中不含密钥。',
  ],
  restored: [
    'Restored the evidence under new keys (payments: {payments}). The old keys are in no backup: their money cannot be paid from here.',
    '已用新密钥恢复证据({payments} 笔交易)。备份中没有旧密钥:其资金不能从此处支付。',
  ],
  restoredHeld: [
    '  At the backup ({time}) the wallet held {held} yuan.',
    '  备份时({time})钱包持有 {held} 元。',
  ],
  restoredUnknown: [
    '  {unknown} yuan more were on their way: paid out or coming back, without the last word of the registry.',
    '  另有 {unknown} 元在途:已付出或正在退回,尚无登记处的最终答复。',
  ],
  restoredCloses: [
    '  What of it was not spent later comes to the account when its coins close, the last by {day}.',
    '  其中此后未花费的部分将在币串到期后入账,最迟 {day}。',
  ],
  restoredTodo: [
    '  to do: duet wallet sync\n  It uploads the evidence; what others paid to the old wallet then shows as pending.',
    '  处理:运行 duet wallet sync 上传证据;他人付给旧钱包的款项随后显示为待确认。',
  ],
  pasteHere: ['Paste the message, then press Enter (Ctrl-D to give up):', '请粘贴消息后按回车(Ctrl-D 放弃):'],
  partsSoFar: ['{received} of {expected} parts', '已收 {received}/{expected} 段'],
  part: ['Part {number} of {count}', '第 {number}/{count} 段'],
  written: ['Written to {file}.', '已写入 {file}。'],
  refundAsked: [
    'Asking back {amount} yuan. Give this to the one you paid, who pays it like any other request.',
    '请求退款 {amount} 元。请交给当初的收款方,由其照常支付。',
  ],
  waiting: ['Another duet command uses the registry; waiting…', '另一 duet 命令正在使用登记处,等待中…'],
  opening: ['Opening the registry…', '正在打开登记处…'],
  syncing: ['Syncing…', '正在同步…'],
  auditing: ['Recomputing every balance…', '正在重新计算全部余额…'],
  passphrase: ['Passphrase', '口令'],
  passphraseAgain: ['Passphrase again', '再次输入口令'],
} as const satisfies Readonly<Record<string, Pair>>;

export type MessageKey = keyof typeof SENTENCES | keyof typeof REPORTS | keyof typeof SIMULATION;

const ALL: Readonly<Record<MessageKey, Pair>> = { ...SENTENCES, ...REPORTS, ...SIMULATION };

/** Each state of a payment as people read it. */
export const PAYMENT_STATES: Readonly<Record<PaymentState, Pair>> = {
  recorded: ['recorded, never signed (cancel frees it)', '已记录,未签署(可取消)'],
  'not-yet-known': ['not yet known', '待确认'],
  'recorded-not-yet-known': [
    'recorded at the registry, not yet known: do not pay again',
    '已登记,待确认:请勿重复支付',
  ],
  paid: ['paid', '已支付'],
  'not-paid': ['not paid', '未支付'],
  freed: ['freed, never signed', '已释放'],
  'paid-at-close': ['paid: its coins were closed, the payee has it', '已支付:币串已到期关闭,资金归收款方'],
  'returned-at-close': ['came back to the account when its coins were closed', '币串到期关闭,已退回账户'],
  open: ['open', '待付款'],
  closed: ['closed unpaid', '已关闭,未付款'],
};

/** What a fraud proof of each form says of its key. */
export const PROOF_FORMS: Readonly<Record<ProofForm, Pair>> = {
  1: ['one key signed the same range away twice', '同一密钥重复签署了同一区间'],
  2: ['one payee gave two different answers to one request', '收款方对同一请求作出两种答复'],
  3: ['a payee used money that its own answer had refused', '收款方使用了自己已拒收的资金'],
  4: [
    'one key used one number twice: it was copied or rolled back',
    '同一密钥重复使用同一序号:曾被复制或回退',
  ],
  5: ['the issuer made two coins under one serial', '发行方以同一序列号发行了两枚币串'],
};

/** The same for a number that the registry gives. */
export const proofFormSaid = (form: number): Pair | string =>
  Object.entries(PROOF_FORMS).find(([known]) => Number(known) === form)?.[1] ?? String(form);

/** A sentence in a language, with its values put in. */
export const say = (language: Language, key: MessageKey, values: Values = {}): string =>
  fill(language, ALL[key], values);
