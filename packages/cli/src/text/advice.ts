/**
 * What each rejection means and what to do about it, in English and Chinese. The English advice is that of the
 * packages that have the codes; a type holds that no code and no situation lacks a text.
 */
import type { CarrierCode } from '@duet/carriers/rejection';
import { carrierTodoOf } from '@duet/carriers/rejection';
import { type Code, type Situation, todoOf } from '@duet/protocol/codes';
import type { Pair } from './messages.ts';

/** What happened, in both languages; then what to do, in Chinese. */
type Said = readonly [english: string, chinese: string, todo: string];

const CODES: Readonly<Record<Code, Said>> = {
  malformed: [
    'it is damaged, or no message of Duet',
    '内容损坏,或不是 Duet 消息',
    '请对方重新提供;内容已损坏或不是 Duet 消息。',
  ],
  'too-large': [
    'it is larger than any device accepts',
    '内容超过任何设备可接受的大小',
    '请发送方先同步:其消息超过任何设备可接受的大小。',
  ],
  'unsupported-version': [
    'the two devices speak different versions',
    '两台设备的版本不同',
    '请升级两台设备中较旧的一台。',
  ],
  'unsupported-suite': [
    'the cryptography of this money is not taken here',
    '此处不接受该资金的密码套件',
    '请付款方改用本系统接受的密码套件的币串付款。',
  ],
  'not-canonical': [
    'the sender does not encode as the specification says',
    '发送方的编码不合规范',
    '请拒绝发送方:其设备的编码不合规范。',
  ],
  'bad-key': ['a key in it is none', '其中的密钥无效', '请拒绝发送方:该密钥不是其曲线上的点。'],
  'cannot-open': [
    'it is sealed for another request',
    '该付款是密封给另一请求的',
    '请换用出示该请求的钱包(--wallet);若钱包无误,请重新出示请求。',
  ],
  'request-unknown': [
    'no request of this wallet fits it',
    '本钱包没有与之对应的请求',
    '请出示新的请求,并让付款方扫描它。',
  ],
  'request-closed': [
    'the request has its final answer',
    '该请求已有最终答复',
    '请出示新的请求;此请求已有最终答复。',
  ],
  'already-paid': ['it was paid before', '此前已支付', '无需处理:该付款此前已被接受。'],
  'request-mismatch': [
    'it answers another request',
    '它答复的是另一请求',
    '请重新出示请求;该付款答复的是另一请求。',
  ],
  'currency-mismatch': ['it is money of another currency', '币种不符', '请对方用所请求的币种付款。'],
  'sum-mismatch': ['the amounts differ', '金额不一致', '请付款方按准确金额付款。'],
  'too-fragmented': [
    'the money is in too many pieces',
    '资金过于零碎',
    '请付款设备先同步:合并币串后再付款。',
  ],
  'range-outside-parent': [
    'it moves more than was received',
    '其转出的区间超出所收区间',
    '请拒绝付款方;同步以上报。',
  ],
  'range-overlap': ['it moves the same money twice', '同一笔资金被重复使用', '请拒绝付款方;同步以上报。'],
  'wrong-owner': ['the payer does not own this money', '付款方并不拥有该资金', '请拒绝付款方;同步以上报。'],
  'refund-invalid': ['it is no refund of that payment', '它不是该笔付款的退款', '请按普通付款退还。'],
  'policy-unknown': [
    'the rules of this coin are not known here',
    '此处不知道该币串的规则',
    '请同步,以获取该币串的规则。',
  ],
  'too-many-hops': [
    'the money passed through too many hands',
    '资金转手次数过多',
    '请付款设备先同步:将资金换成新币串。',
  ],
  'too-many-payments': [
    'one key made too many payments',
    '同一密钥付款次数过多',
    '请付款设备先同步:重新计数。',
  ],
  'amount-above-limit': ['the amount is above the limit', '金额超过上限', '请在限额内分次付款,或联机付款。'],
  'time-goes-back': ['its times go backwards', '其时间倒退', '请检查付款设备的时钟,然后同步。'],
  'request-stale': ['it is not within the time of its request', '不在请求的有效时间内', '请出示新的请求。'],
  'time-ahead': ['it was paid in the future', '其付款时间在将来', '请检查两台设备的时钟,然后同步。'],
  'coin-not-valid-yet': [
    'the coin was not issued yet when it was paid',
    '付款时该币串尚未发行',
    '请检查付款设备的时钟。',
  ],
  'coin-expired': [
    'the coin is past its last day to be spent',
    '币串已过可支付期限',
    '请付款设备同步:换成新币串。',
  ],
  'certificate-not-valid': [
    'a certificate is not in date',
    '证书不在有效期内',
    '请持有该证书的设备同步:证书将更新。',
  ],
  'bundle-missing': ['this wallet has never been online', '本钱包从未联机', '首次付款前请先同步一次。'],
  'bundle-expired': [
    'the list of trusted keys is out of date',
    '可信密钥清单已过期',
    '请同步:可信密钥清单已过期。',
  ],
  'bundle-older': ['a newer list is here already', '此处已有更新的清单', '无需处理:此处已有更新的可信清单。'],
  'issuer-unknown': [
    'no issuer of this system made this coin',
    '该币串并非本系统发行方所发',
    '请同步;若仍如此,则该资金不属于本系统。',
  ],
  'issuer-not-valid': ['the issuer key was not in date', '发行方密钥当时不在有效期', '请两台设备都同步。'],
  'epoch-withdrawn': ['these coins were withdrawn', '该批币串已被撤回', '请付款设备同步:换成新币串。'],
  'offline-stopped': [
    'offline payment is stopped for them',
    '其离线支付已被暂停',
    '在暂停通知结束前请联机付款。',
  ],
  'certificate-untrusted': [
    'nobody who is trusted signed the certificate',
    '证书未经可信方签署',
    '请拒绝:该证书不属于本系统。',
  ],
  'role-not-allowed': [
    'this certificate may not take payments',
    '该证书无权收付款',
    '请拒绝:该证书无此权限。',
  ],
  'condition-category': [
    'this money is for other kinds of merchants',
    '该定向资金不适用于此类商户',
    '请用其他资金付款:该资金限其他类商户。',
  ],
  'condition-region': [
    'this money is for another region',
    '该定向资金不适用于本地区',
    '请用其他资金付款:该资金限其他地区。',
  ],
  'condition-period': [
    'this money is for another time',
    '该定向资金不在可用时段',
    '请用其他资金付款:该资金限其他时段。',
  ],
  'lists-stale': [
    'the list of locked devices is too old',
    '锁定设备清单过旧',
    '请同步:锁定设备清单过旧,不能与陌生人交易。',
  ],
  revoked: ['it is locked', '已被锁定', '请拒绝:该设备或币串已被锁定。'],
  'sync-to-settle': [
    'an earlier owner of this money is locked',
    '该资金的一位前手已被锁定',
    '请同步,由登记处裁定:一位前手已被锁定。',
  ],
  'hardware-assertion': [
    'the hardware key did not confirm as it must',
    '硬件密钥的确认不合要求',
    '请在硬件密钥上重新确认。',
  ],
  'bad-signature': ['a signature does not hold', '签名无效', '请拒绝付款方;同步以上报。'],
  conflict: ['this money was spent twice', '该资金被重复支付', '请拒绝并同步:该资金被重复支付,证据已保留。'],
  'counter-not-rising': [
    'the counter of a hardware key did not rise',
    '硬件密钥的计数器没有递增',
    '请拒绝该付款并同步:付款方的硬件密钥可能已被复制。',
  ],
  'amount-invalid': ['that is no amount', '金额无效', '请输入大于 0、至多两位小数的金额。'],
  'paying-oneself': ['payer and payee are one', '付款方与收款方相同', '请选择其他收款方。'],
  'insufficient-funds': ['there is not enough money', '资金不足', '请圈存更多资金,或减少付款金额。'],
  'count-limit': [
    'the number of offline payments is used up',
    '离线付款次数已用完',
    '请同步:离线付款次数已用完。',
  ],
  'balance-limit': [
    'this wallet may not hold so much',
    '超过本钱包持有上限',
    '请同步并转入账户,或减少请求金额。',
  ],
  'confirmation-required': [
    'the holder has not confirmed',
    '持有人尚未确认',
    '请用口令、指纹或硬件密钥确认。',
  ],
  'sync-required': ['this wallet must be online first', '本钱包须先联机', '下次付款前请先同步。'],
  'payment-unknown': [
    'there is no such payment or request',
    '没有这笔交易或请求',
    '请在交易记录中核对编号。',
  ],
  'not-refundable': ['it cannot be refunded any more', '无法再作退款', '请按普通付款退还。'],
  'range-not-owned': [
    'this wallet does not own that money',
    '本钱包并不拥有该资金',
    '未签署任何内容;请重启钱包并同步。',
  ],
  'range-spent': ['that money has left already', '该资金已付出', '未签署任何内容;该资金已付出或已预留。'],
  'too-many-open': ['too many requests are open', '待付款请求过多', '请先完成或取消一个待付款请求。'],
  'answer-mismatch': [
    'the answer is not to what was sent',
    '答复与所发送的内容不符',
    '请再次同步:该答复未被采用,它与所发送的内容不符。',
  ],
  'coin-unknown': [
    'the issuer never made this coin',
    '发行方从未发行该币串',
    '请报告发行方:它从未发行该币串。',
  ],
  'spend-unknown': [
    'the registry does not know that payment',
    '登记处没有该笔付款',
    '请先上传该付款及其来源。',
  ],
  'not-deepest': ['the money was passed on', '该资金已转付', '无需处理:该资金在入账前已转付。'],
  'already-claimed': ['it was credited before', '此前已入账', '无需处理:该区间此前已入账。'],
  'spend-void': ['the payment was not accepted', '该付款未被接受', '请退回该区间:其付款未被接受。'],
  'not-void': [
    'the payment may still be accepted',
    '该付款仍可能被接受',
    '请等待回执:只有未被接受的付款才能退回。',
  ],
  'conditional-money': [
    'this money is for a purpose',
    '该资金为定向资金',
    '请改为换币:该资金只能用于合条件的付款。',
  ],
  'claim-late': [
    'the coin is closed',
    '币串已到期关闭',
    '请询问运营机构:币串已关闭,由获得该差额的账户偿付。',
  ],
  culprit: [
    'this key signed the same money twice',
    '该密钥重复签署了同一资金',
    '不予入账:该密钥重复签署了同一资金。',
  ],
  owed: ['it is owed, and paid after review', '已记为应付,审核后支付', '请等待审核:基金未能立即支付。'],
  'note-invalid': [
    'the note of the operator does not hold',
    '运营机构的收件凭据无效',
    '请向运营机构索取新的收件凭据;此凭据未被采用。',
  ],
  'account-unknown': ['there is no such account', '没有该账户', '请给出该运营机构的账户。'],
  'account-funds': ['the account holds too little', '账户余额不足', '请减少圈存金额,或先向账户存入资金。'],
  'quota-exceeded': [
    'the operator may not issue so much',
    '超过运营机构的发行额度',
    '运营机构须先冻结更多准备金。',
  ],
  'operator-stopped': [
    'the operator may not load at present',
    '该运营机构目前不能圈存',
    '请选择其他运营机构,或等待。',
  ],
  'key-certified': [
    'the key has a certificate already',
    '该密钥已有证书',
    '请生成新密钥:一个密钥只认证一次。',
  ],
  'too-many-keys': [
    'the account has as many keys as the issuer allows',
    '该账户的密钥数已达发行方上限',
    '请继续使用已认证的密钥;较旧的密钥会自行到期。',
  ],
  'too-many-coins': [
    'the account has as many coins as the issuer allows',
    '该账户的币串数已达发行方上限',
    '请同步:钱包会合并币串;然后再圈存。',
  ],
  'order-reused': [
    'the order number stands for another order',
    '该订单号已用于另一订单',
    '请使用新的订单号:此号已用于另一订单。',
  ],
  'ticket-unknown': ['there is no such ticket', '没有该取款凭证', '请核对取款码。'],
  'ticket-locked': ['too many wrong codes', '取款码错误次数过多', '错误次数过多:请询问发行方。'],
  'proof-invalid': ['the proof does not hold', '证明不成立', '该证明不成立;未指认任何人。'],
  'file-invalid': ['the file cannot be played', '文件无法使用', '请更正所指的行,然后重新运行。'],
  'backup-invalid': ['the backup does not open', '备份无法打开', '请核对文件与口令。'],
};

/** What to do in a situation, in Chinese; and what happened, where the code itself says too little. */
interface SituationSaid {
  readonly todo: string;
  readonly what?: Pair;
}

const SITUATIONS: Readonly<Record<Situation, SituationSaid>> = {
  'wrong-message': {
    what: ['it is another kind of message', '这是另一种消息'],
    todo: '请交给与之对应的命令,或索取正确的消息。',
  },
  'parts-missing': {
    what: ['some of its parts are missing', '缺少部分分段'],
    todo: '请一次给出全部分段,每行一段,顺序不限。',
  },
  'paid-request': { todo: '已无法关闭:请以退款方式退还。' },
  'payment-signed': { todo: '请再次出示同一份付款;或请收款方关闭该请求,然后同步:届时资金退回。' },
  'payment-ended': {
    what: ['it has its final answer', '该付款已有最终答复'],
    todo: '无需处理:该付款已有最终答复,见交易记录。',
  },
  'amount-given': { todo: '请去掉金额,或请收款方另出请求。' },
  'device-total': {
    what: ['this device may not pay so much between two syncs', '超过本设备两次同步之间的可付总额'],
    todo: '请同步:本设备两次同步之间可付总额已用完。',
  },
  'request-ahead': {
    what: ['the clocks of the two devices differ', '两台设备的时钟不一致'],
    todo: '请检查两台设备的时钟,然后出示新的请求。',
  },
  'standing-late': {
    what: ['it comes too late for a scan', '扫描收款已过时限'],
    todo: '请两台设备都同步:迟到的固定收款在收款方同步时收讫。',
  },
  'key-retired': {
    what: ['its key was retired', '其密钥已停用'],
    todo: '未签署任何内容;该资金将在币串到期后入账。',
  },
  'funds-on-the-way': { todo: '请同步后再付款:部分资金正在退回或尚待确认。' },
  'funds-at-close': { todo: '请圈存更多资金,或减少付款金额:其余资金将在币串到期后入账。' },
  'funds-conditional': { todo: '请圈存更多资金:剩余资金限其他收款方、地区或时段。' },
  'nobody-to-ask': {
    what: ['nobody could be asked', '无人可询问'],
    todo: '请在终端上运行,或加 --yes 以免询问。',
  },
  'holder-declined': {
    what: ['the holder said no', '持有人未同意'],
    todo: '未签署任何内容。若确要支付,请再次付款。',
  },
  'account-locked': {
    what: ['the account is locked', '账户已被锁定'],
    todo: '请与运营机构结清所欠款项:账户因欺诈案件被锁定。',
  },
  'no-receipt': {
    what: ['nobody knows yet that it was paid', '尚不知是否已支付'],
    todo: '请先同步:未支付的会自动退回,已支付的届时可请求退款。',
  },
  'receipt-of-others': {
    what: ['the receipt is not for a payment of this wallet', '该回执不属于本钱包的任何付款'],
    todo: '请交给付款的钱包。若正是本钱包所付,则回执在传递途中有改动:请收款方重新出示。',
  },
  'reference-form': {
    what: ['that is no reference', '编号无效'],
    todo: '请给出交易记录中的编号,或至少其开头部分。',
  },
  'reference-unclear': {
    what: ['it may mean several payments', '编号对应多笔交易'],
    todo: '请按交易记录给出更长的编号。',
  },
  'case-unknown': { what: ['there is no such case', '没有该案件'], todo: '请查询案件:duet fraud list' },
  'whole-file': { todo: '请换一个文件;未运行任何内容。' },
  'policy-file': {
    what: ['the policy cannot be used', '策略无法使用'],
    todo: '请更正策略文件后重新运行;未运行任何内容。',
  },
  'too-few-payers': {
    what: ['there are not so many cheats in it', '可作弊的设备不足'],
    todo: '请减少作弊设备数,或给出付款设备更多的文件。',
  },
};

const CARRIER: Readonly<Record<CarrierCode, Said>> = {
  'empty-input': ['there is nothing in it', '内容为空', '请粘贴或扫描完整消息。'],
  'input-too-large': ['it is more than one message', '内容过大', '请只给出一条消息,至多 64 KB。'],
  'unknown-form': [
    'it is no text of Duet',
    '不是 Duet 文本',
    '请给出以 DUET: 或 ur:duet/ 开头的文本,或消息的字节。',
  ],
  'bad-ur': ['it is no whole UR', '不是完整的 UR', '请复制整个分段,从“ur:”到最后一个字母。'],
  'wrong-ur-type': [
    'it belongs to another program',
    '它属于其他程序',
    '请扫描另一台 Duet 设备显示的码;此码属于其他程序。',
  ],
  'bad-sequence': ['its part numbers are damaged', '分段编号损坏', '请重新复制该分段;其编号已损坏。'],
  'bad-character': ['a character in it was changed', '其中有字符被改动', '请重新复制文本;其中有字符被改动。'],
  'bad-length': ['a piece is missing or added', '文本有缺失或多余', '请重新复制文本;有缺失或多余。'],
  'bad-group': ['a character in it was changed', '其中有字符被改动', '请重新复制文本;其中有字符被改动。'],
  'bad-word': ['a letter in it was changed', '其中有字母被改动', '请重新复制文本;其中有字母被改动。'],
  'bad-checksum': ['it was damaged on the way', '传递途中损坏', '请重新复制或扫描;传递途中已损坏。'],
  'bad-part': [
    'the part is not encoded as the standard says',
    '分段编码不合标准',
    '请升级显示该码的设备;其分段编码不合标准。',
  ],
  'other-message': [
    'it is a part of another message',
    '它是另一消息的分段',
    '请完成或取消已开始的消息,或只扫描该消息的分段。',
  ],
  'part-conflict': [
    'two parts contradict each other',
    '两个分段互相矛盾',
    '请继续扫描;若仍如此,请重新开始。',
  ],
  'message-damaged': [
    'a part was forged or damaged',
    '有分段被伪造或损坏',
    '请从头重新扫描;有分段被伪造或损坏。',
  ],
  'bad-payload': [
    'what it wraps is no message of Duet',
    '其中不是 Duet 消息',
    '请升级显示该码的设备;其中不是 Duet 消息。',
  ],
};

export interface Advice {
  readonly what: Pair;
  readonly todo: Pair;
}

/** What a code means, and what to do about it, where a situation is known in that. */
export function adviceOf(code: Code, situation?: Situation): Advice {
  const [what, chineseWhat, todo] = CODES[code];
  const own = situation && SITUATIONS[situation];
  return { what: own?.what ?? [what, chineseWhat], todo: [todoOf(code, situation), own?.todo ?? todo] };
}

const isCode = (text: string): text is Code => Object.hasOwn(CODES, text);

/** What a code means, for a list of codes and how often each came. */
export function whatOf(code: string): Pair | undefined {
  return isCode(code) ? adviceOf(code).what : undefined;
}

/** The same for what a carrier refuses. */
export function carrierAdviceOf(code: CarrierCode): Advice {
  const [what, chineseWhat, todo] = CARRIER[code];
  return { what: [what, chineseWhat], todo: [carrierTodoOf(code), todo] };
}
