/** What `duet sim` tells a person, in both languages. */
import type { Pair } from './messages.ts';

/** Each line; `{name}` is replaced by a value. */
export const SIMULATION = {
  simStart: ['Preparing the worlds', '准备模拟世界'],
  simPlay: [
    'Playing worlds: {done} of {total}, {payments} payments',
    '模拟中:{done}/{total} 个世界,{payments} 笔支付',
  ],
  simShrink: ['Making the failure small: {events} events left', '缩小失败情形:剩余 {events} 个事件'],
  simClean: [
    'Worlds: {worlds}. Payments taken for good in them: {payments}. All clean, in {seconds} s.',
    '世界:{worlds} 个,其中最终入账的支付:{payments} 笔。全部无误,用时 {seconds} 秒。',
  ],
  simMet: ['What they met', '遇到的情形'],
  simUnmet: ['Never met', '从未遇到'],
  simUnmetCodes: [
    '{unmet} of {codes} rejection codes (--json names them)',
    '{codes} 个拒绝代码中的 {unmet} 个(--json 列出全部)',
  ],
  simGroupcodes: ['rejections', '拒绝代码'],
  simGroupfaults: ['faults', '故障'],
  simGroupattacks: ['attacks', '攻击'],
  simGrouppayments: ['payments that were', '出现过的支付状态'],
  simFailed: [
    'World {seed} failed its checker "{checker}" (world {worlds} of {total}):',
    '世界 {seed} 未通过检查“{checker}”(第 {worlds}/{total} 个世界):',
  ],
  simTrace: [
    'With {events} of its {all} events it still does. What happened:',
    '保留 {all} 个事件中的 {events} 个仍会失败。经过如下:',
  ],
  simAgain: ['To see it again: {command}', '重现:{command}'],
} as const satisfies Readonly<Record<string, Pair>>;
