/**
 * What the end of a command means for the money, in both languages: said beside every refusal and every error where
 * money may be thought to have moved (PAY-3, PAY-4, PAY-7, PAY-8).
 */
import type { Pair, Values } from './messages.ts';

/** By state, a stable word for machines. `{name}` is replaced by a value. */
export const MONEY = {
  'nothing-signed': [
    'nothing was signed, no money left the wallet by this command.',
    '本次未签署任何内容,没有资金离开钱包。',
  ],
  recorded: [
    '{amount} yuan are set aside for this request. Nothing was signed, no money left the wallet. The same command again goes on; duet wallet cancel {reference} frees them.',
    '已为该请求预留 {amount} 元。未签署任何内容,没有资金离开钱包。重新运行同一命令可继续;duet wallet cancel {reference} 可释放。',
  ],
  signed: [
    'this payment of {amount} yuan is signed already: the payee may have it. Show the same offer again: duet wallet pay --again {reference}. Do not pay anew.',
    '这笔 {amount} 元的付款已签署:收款方可能已收到。请再次出示同一付款:duet wallet pay --again {reference}。请勿另行支付。',
  ],
  paid: [
    'the {amount} yuan of this payment arrived. Nothing more was signed, no more money left the wallet.',
    '该笔 {amount} 元已收讫。未再签署任何内容,没有更多资金离开钱包。',
  ],
  'not-paid': [
    'the payee did not take the {amount} yuan of this payment: a sync gives them back. Nothing more was signed.',
    '收款方未接受该笔 {amount} 元:同步后退回。未再签署任何内容。',
  ],
  returned: [
    'this payment of {amount} yuan has ended: its coins were closed, and the money came back to the account. Nothing more was signed.',
    '这笔 {amount} 元的付款已结束:币串已到期关闭,资金已退回账户。未再签署任何内容。',
  ],
  'pay-unknown': [
    'nobody knows whether the payment was stored; nothing left the wallet. Look at duet wallet history before you pay again.',
    '无法确定该付款是否已保存;没有资金离开钱包。再次支付前请查看 duet wallet history。',
  ],
  'receive-unknown': [
    'nobody knows whether the money was stored; no receipt left the wallet. Receive the same offer again: it counts once.',
    '无法确定资金是否已保存;未给出回执。请再次接收同一付款:只计一次。',
  ],
  'nothing-received': ['nothing was received.', '没有收到资金。'],
  received: [
    'the {amount} yuan are received and stored. Only the receipt could not be given: the same offer again gives it again.',
    '{amount} 元已收到并已保存。只是回执未能给出:再次提交同一付款即可重新取得。',
  ],
  unchanged: ['nothing was changed, no money moved by this command.', '本次未作任何更改,没有资金变动。'],
  'store-unknown': [
    'no money moved. Nobody knows whether this was stored; the same command may be run again.',
    '没有资金变动。无法确定是否已保存;可重新运行同一命令。',
  ],
  kept: [
    'the {amount} yuan of this request were received before. Nothing was changed, no money moved by this command.',
    '该请求的 {amount} 元此前已收到。本次未作任何更改,没有资金变动。',
  ],
  requested: [
    'no money moved: the request is open, but nobody has it. Close it with duet wallet cancel {reference}, and ask anew.',
    '没有资金变动:请求已建立,但尚未交出。请用 duet wallet cancel {reference} 关闭后重新请求。',
  ],
  'not-loaded': [
    'the wallet is there, with {amount} yuan in its account, and nothing was loaded. Load with: duet wallet sync --load YUAN --wallet {wallet}',
    '钱包已建立,账户中有 {amount} 元,未圈存任何资金。可运行:duet wallet sync --load YUAN --wallet {wallet}',
  ],
  'closed-standing': ['the request is closed and takes no more money.', '该请求已关闭,不再收款。'],
  closed: [
    'the request is closed and takes no money. Only its answer could not be given: duet wallet cancel {reference} gives it again.',
    '该请求已关闭,不再收款。只是答复未能给出:duet wallet cancel {reference} 可重新取得。',
  ],
} as const satisfies Readonly<Record<string, Pair>>;

export type MoneyKey = keyof typeof MONEY;

/** One of these sentences, with its values. */
export interface MoneySaid {
  readonly key: MoneyKey;
  readonly values: Values;
}
