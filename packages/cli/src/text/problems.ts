/** What the command line itself says when it cannot go on: usage and operational errors, in both languages. */
import type { DatabaseErrorCode } from '@duet/ledger/postgres/database-error';
import type { StorageCode } from '@duet/wallet/node/storage-error';
import type { Pair } from './messages.ts';

interface Problem {
  readonly what: Pair;
  readonly todo: Pair;
}

const problem = (what: Pair, todo: Pair): Problem => ({ what, todo });

/** The command line says something that cannot be meant. `{name}` is replaced by a value. */
export const USAGE = {
  option: problem(['{message}', '{message}'], ['See: {help}', '参见:{help}']),
  subcommand: problem(['a subcommand is missing', '缺少子命令'], ['See: {help}', '参见:{help}']),
  language: problem(
    ['there is no language "{given}"', '没有语言“{given}”'],
    ['Give --lang en or --lang zh.', '请用 --lang en 或 --lang zh。'],
  ),
  noEvent: problem(
    ['--only: the world of this seed has no event {given}', '--only:该种子的世界没有事件 {given}'],
    [
      'Give seed, steps and numbers as the failure printed them: another seed has other events.',
      '请照失败时打印的种子、步数与编号填写:不同种子的事件不同。',
    ],
  ),
  number: problem(
    [
      '{option}: expected a whole number from {least}, got "{given}"',
      '{option}:应为不小于 {least} 的整数,实为“{given}”',
    ],
    ['See: {help}', '参见:{help}'],
  ),
  date: problem(
    ['--day: "{given}" is no date', '--day:“{given}”不是日期'],
    ['Give a date such as 2027-06-01.', '请给出日期,如 2027-06-01。'],
  ),
  operator: problem(
    ['there is no operator {given}', '没有运营机构 {given}'],
    ['Give one of {known}.', '可选:{known}。'],
  ),
  suite: problem(
    ['there is no suite {given}', '没有密码套件 {given}'],
    ['Give --suite 1 or --suite 2.', '请用 --suite 1 或 --suite 2。'],
  ),
  shopName: problem(
    ['the name of the shop does not fit', '商户名称长度不合'],
    ['Give 1 to {most} bytes of UTF-8.', '请给出 1 至 {most} 字节(UTF-8)。'],
  ),
  shopNumber: problem(
    ['"{given}" is no {what}', '“{given}”不是有效的 {what}'],
    ['Give a number up to {most}.', '请给出不超过 {most} 的数。'],
  ),
  standingAmount: problem(
    ['this is a standing request: it does not say how much', '这是固定收款请求:未注明金额'],
    ['Give --amount, such as --amount 8.50.', '请用 --amount 给出金额,如 --amount 8.50。'],
  ),
  amountMissing: problem(
    ['an amount is missing', '缺少金额'],
    ['Give an amount in yuan, such as 12.30, or --standing.', '请给出金额(元),如 12.30,或 --standing。'],
  ),
  amountSuperfluous: problem(
    ['a standing request has no amount', '固定收款请求没有金额'],
    ['Give an amount in yuan, such as 12.30, or --standing.', '请给出金额(元),如 12.30,或 --standing。'],
  ),
  textTooLong: problem(
    ['the text is too long', '说明过长'],
    ['Give at most {most} bytes of UTF-8.', '至多 {most} 字节(UTF-8)。'],
  ),
  outAndQr: problem(
    ['--out and --qr were both given', '同时给出了 --out 与 --qr'],
    ['Give one of them.', '请只给其一。'],
  ),
  messageAndIn: problem(
    ['a message and --in were both given', '同时给出了消息与 --in'],
    ['Give one of them.', '请只给其一。'],
  ),
  tooNarrow: problem(
    [
      'a code may be {needed} columns wide and the terminal has {columns}',
      '二维码可宽达 {needed} 列,终端只有 {columns} 列',
    ],
    [
      'Widen the terminal and run the same command again, or leave out --qr.',
      '请加宽终端后重新运行,或去掉 --qr。',
    ],
  ),
  refundOf: problem(
    ['--refund-of: "{given}" is no id of a spend', '--refund-of:“{given}”不是付款编号'],
    [
      'Leave it out, or give the 64 hexadecimal digits under "spends" of duet wallet history --json.',
      '请去掉该选项,或给出 duet wallet history --json 中“spends”下的 64 位十六进制数字。',
    ],
  ),
  fileExists: problem(
    ['{path} is there already', '{path} 已存在'],
    ['Choose another name, or remove the file.', '请换一个名称,或删除该文件。'],
  ),
  folderTaken: problem(
    ['there is something in {folder} already', '{folder} 中已有内容'],
    ['Choose another folder: it must not be there, or be empty.', '请换一个不存在或为空的文件夹。'],
  ),
  noPassphrase: problem(
    ['a passphrase is needed', '需要口令'],
    ['Set DUET_PASSPHRASE, or run the command at a terminal.', '请设置 DUET_PASSPHRASE,或在终端上运行。'],
  ),
  passphraseShort: problem(
    ['the passphrase is too short: characters in it: {characters}', '口令过短:只有 {characters} 个字符'],
    [
      'Choose one of at least {least} characters, such as four words: whoever finds the file can try passphrases for years.',
      '请选用至少 {least} 个字符的口令,如若干词语:捡到文件的人可以长年试猜。',
    ],
  ),
  passphraseLong: problem(
    ['the passphrase is too long', '口令过长'],
    [
      'Give at most {most} characters: it may be a file pasted by mistake.',
      '至多 {most} 个字符:可能误粘贴了文件。',
    ],
  ),
  passphrasesDiffer: problem(
    ['the two passphrases differ', '两次口令不同'],
    ['Run the command again.', '请重新运行。'],
  ),
  noIssuer: problem(
    ['there is no issuer here', '此处没有发行方'],
    ['Make one: duet issuer init', '请建立:duet issuer init'],
  ),
  noBundle: problem(
    ['there is no trust bundle here', '此处没有可信清单'],
    ['Give --bundle FILE.', '请用 --bundle FILE 给出。'],
  ),
  rootKey: problem(
    ['the root key is not a public key', '根密钥不是公钥'],
    ['Give 68 hexadecimal digits: suite and compressed point.', '请给出 68 位十六进制数字:套件与压缩点。'],
  ),
} as const satisfies Readonly<Record<string, Problem>>;

export type UsageKey = keyof typeof USAGE;

/** Operational errors of the command line, by code. */
export const OPERATIONAL = {
  'file-unreadable': problem(
    ['cannot read {path}: {reason}', '无法读取 {path}:{reason}'],
    ['Check the name of the file and that you may read it.', '请核对文件名与读取权限。'],
  ),
  'file-unwritable': problem(
    ['cannot write {path}: {reason}', '无法写入 {path}:{reason}'],
    ['Choose another place for the file.', '请换一个位置。'],
  ),
  'disk-full': problem(
    ['cannot write {path}: {reason}', '无法写入 {path}:{reason}'],
    ['Free some space, then run the same command again.', '请腾出空间,然后重新运行同一命令。'],
  ),
  'output-lost': problem(
    ['cannot write to standard output: {reason}', '无法写入标准输出:{reason}'],
    [
      'Free some space, or let the reader stay; --out FILE writes a message to a file.',
      '请腾出空间,或让读取方保持打开;--out FILE 可将消息写入文件。',
    ],
  ),
  'issuer-missing': problem(
    ['there is no issuer in {folder}', '{folder} 中没有发行方'],
    [
      'Make one: duet issuer init (duet wallet create does it by itself); or set DUET_STATE to where one is.',
      '请建立:duet issuer init(duet wallet create 会自动建立);或将 DUET_STATE 设为其所在位置。',
    ],
  ),
  'issuer-damaged': problem(
    [
      'the keys of the issuer in {folder} cannot be read: {reason}',
      '{folder} 中发行方的密钥无法读取:{reason}',
    ],
    [
      'Put the folder "issuer" back from a copy, or set DUET_STATE to a new folder to begin again.',
      '请从副本恢复文件夹“issuer”,或将 DUET_STATE 设为新文件夹重新开始。',
    ],
  ),
  'wallet-damaged': problem(
    ['the settings of the wallet in {folder} cannot be read', '{folder} 中钱包的设置无法读取'],
    ['Restore a backup into a new wallet and sync.', '请将备份恢复到新钱包并同步。'],
  ),
  'wallet-unknown': problem(
    ['there is no wallet in {folder}', '{folder} 中没有钱包'],
    [
      'Name another folder with --wallet or DUET_WALLET, or make one: duet wallet create --wallet {quoted}',
      '请用 --wallet 或 DUET_WALLET 指定其他文件夹,或创建:duet wallet create --wallet {quoted}',
    ],
  ),
  'wallet-exists': problem(
    ['there is something in {folder} already', '{folder} 中已有内容'],
    ['Choose another folder: it must not be there, or be empty.', '请换一个不存在或为空的文件夹。'],
  ),
} as const satisfies Readonly<Record<string, Problem>>;

export type OperationalCode = keyof typeof OPERATIONAL;

/** What a wallet's own files say when they fail: the English message is that of the error. */
export const STORAGE_CHINESE: Readonly<Record<StorageCode, string>> = {
  'wallet-exists': '该文件夹中已有钱包',
  'wallet-unknown': '该文件夹中没有钱包',
  'wallet-in-use': '另一程序正在使用该钱包',
  'wallet-damaged': '钱包的日志或密钥不完整:请将备份恢复到新钱包并同步',
  'wallet-newer': '该钱包由更新版本写入:请升级',
  'passphrase-required': '设备密钥受口令保护',
  'passphrase-wrong': '口令不能打开设备密钥',
  'disk-full': '磁盘空间不足,未改动任何内容',
  'wallet-io-error': '钱包文件无法使用',
};

/** The same for the database. */
export const DATABASE_CHINESE: Readonly<Record<DatabaseErrorCode, string>> = {
  'database-in-use': '另一程序正在使用该数据库',
  'database-binaries-missing': '缺少数据库程序:请运行 npm install',
  'database-platform-unsupported': '本平台没有内置数据库:请用 DATABASE_URL 指定 PostgreSQL',
  'database-folder-unusable': '数据库文件夹无法使用:请检查权限与空间',
  'database-folder-other-version': '数据库文件夹由另一版本的 PostgreSQL 建立',
  'database-start-failed': '数据库未能启动',
  'database-stop-failed': '数据库未能停止',
  'database-unreachable': '无法连接数据库:请检查服务器与 DATABASE_URL',
  'database-starting': '数据库正在启动或停止:请稍候重试',
  'database-login-refused': '数据库拒绝登录:请检查 DATABASE_URL 中的用户与口令',
  'database-missing': '没有 DATABASE_URL 所指的数据库:请先创建',
  'database-too-old': '数据库服务器版本过旧',
  'database-url-invalid': 'DATABASE_URL 无效',
  'connection-lost': '与数据库的连接中断',
  'too-many-connections': '数据库连接数已满',
  'serialization-conflict': '与另一事务冲突,未保存任何内容',
  deadlock: '与另一事务互相等待,未保存任何内容',
  'lock-timeout': '等待锁超时,未保存任何内容',
  'query-cancelled': '查询被取消,未保存任何内容',
  'transaction-aborted': '事务中较早的语句失败',
  'constraint-violated': '数据库结构不允许该内容',
  'database-read-only': '数据库只读:请连接主服务器',
  'disk-full': '数据库磁盘空间不足,未保存任何内容',
  'database-out-of-memory': '数据库内存不足',
  'database-io-error': '数据库无法读写其文件:请查看其日志',
  'database-corrupted': '数据库已损坏:请停止写入并从备份恢复',
  'integer-too-large': '数据库中的整数超出可精确表示的范围',
  'status-list-full': '状态清单已满',
  'statement-refused': '数据库拒绝了语句',
  'schema-newer': '数据库由更新版本建立:请升级',
  'schema-changed': '数据库结构被改动过',
  'migration-failed': '数据库结构升级失败',
};

/** Whether the work may be done again, by the word of an error of another package. */
export const RETRY: Readonly<Record<string, Pair>> = {
  safe: [
    'Nothing was changed: do what the message says, then run the same command again.',
    '未改动任何内容:请按提示处理后重新运行同一命令。',
  ],
  never: ['Change what the message names, then run the command again.', '请更正所指之处,然后重新运行。'],
  'unknown-outcome': [
    'Run the same command again: what was stored already is not done twice.',
    '请重新运行同一命令:已保存的内容不会重复执行。',
  ],
};

export const BUG_TODO: Pair = [
  'Report it with the command that you ran. Stored data is as it was before the last durable step.',
  '请连同所运行的命令一并报告。已保存的数据停留在最近一个持久化步骤之前。',
];

/** Why a file could not be read or written. */
export const FILE_REASONS = {
  missing: ['there is no such file or folder', '没有该文件或文件夹'],
  noText: [
    'there is no such file, and it is no text that starts with DUET: or ur: either',
    '没有该文件,它也不是以 DUET: 或 ur: 开头的文本',
  ],
  noFolder: ['its folder is not there: make it first', '其所在文件夹不存在:请先建立'],
  denied: ['permission denied', '没有权限'],
  full: ['no space left on the disk', '磁盘空间不足'],
  folder: ['it is a folder', '它是文件夹'],
  readerGone: ['its reader is gone', '读取方已离开'],
} as const satisfies Readonly<Record<string, Pair>>;
