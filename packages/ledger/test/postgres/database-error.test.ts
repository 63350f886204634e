import { describe, expect, test } from 'vitest';
import { DatabaseError, type Phase, toDatabaseError } from '../../src/postgres/database-error.ts';

const fromServer = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('words of the server'), { code, severity });
const fromSystem = (code: string) => Object.assign(new Error(`${code}: words of the system`), { code });

describe('toDatabaseError', () => {
  test.each<[string, Error, Phase, string, string]>([
    ['serialization', fromServer('40001'), 'transaction', 'serialization-conflict', 'safe'],
    ['serialization at COMMIT', fromServer('40001'), 'commit', 'serialization-conflict', 'safe'],
    ['deadlock', fromServer('40P01'), 'transaction', 'deadlock', 'safe'],
    ['completion unknown', fromServer('40003'), 'transaction', 'connection-lost', 'unknown-outcome'],
    ['resolution unknown', fromServer('08007'), 'transaction', 'connection-lost', 'unknown-outcome'],
    ['disk full', fromServer('53100'), 'transaction', 'disk-full', 'safe'],
    ['disk full, ERROR at COMMIT', fromServer('53100'), 'commit', 'disk-full', 'safe'],
    [
      'disk full, PANIC at COMMIT',
      fromServer('53100', 'PANIC'),
      'commit',
      'connection-lost',
      'unknown-outcome',
    ],
    ['disk full here', fromSystem('ENOSPC'), 'autocommit', 'disk-full', 'safe'],
    ['memory', fromServer('53200'), 'transaction', 'database-out-of-memory', 'safe'],
    ['connections', fromServer('53300', 'FATAL'), 'autocommit', 'too-many-connections', 'safe'],
    ['starting', fromServer('57P03', 'FATAL'), 'connect', 'database-starting', 'safe'],
    ['lock timeout', fromServer('55P03'), 'transaction', 'lock-timeout', 'safe'],
    ['cancelled', fromServer('57014'), 'autocommit', 'query-cancelled', 'safe'],
    ['shut down in a transaction', fromServer('57P01', 'FATAL'), 'transaction', 'connection-lost', 'safe'],
    ['shut down at COMMIT', fromServer('57P01', 'FATAL'), 'commit', 'connection-lost', 'unknown-outcome'],
    [
      'crash, one statement',
      fromServer('57P02', 'FATAL'),
      'autocommit',
      'connection-lost',
      'unknown-outcome',
    ],
    ['shut down while connecting', fromServer('57P01', 'FATAL'), 'connect', 'database-unreachable', 'safe'],
    ['password', fromServer('28P01', 'FATAL'), 'connect', 'database-login-refused', 'never'],
    ['no such database', fromServer('3D000', 'FATAL'), 'autocommit', 'database-missing', 'never'],
    ['standby', fromServer('25006'), 'transaction', 'database-read-only', 'safe'],
    ['aborted', fromServer('25P02'), 'transaction', 'transaction-aborted', 'safe'],
    ['unique', fromServer('23505'), 'transaction', 'constraint-violated', 'never'],
    ['syntax', fromServer('42601'), 'autocommit', 'statement-refused', 'never'],
    ['damaged page', fromServer('XX001'), 'transaction', 'database-corrupted', 'never'],
    ['file error', fromServer('58030'), 'transaction', 'database-io-error', 'never'],
    ['refused', fromSystem('ECONNREFUSED'), 'connect', 'database-unreachable', 'safe'],
    ['no socket', fromSystem('ENOENT'), 'autocommit', 'database-unreachable', 'safe'],
    ['reset at COMMIT', fromSystem('ECONNRESET'), 'commit', 'connection-lost', 'unknown-outcome'],
    ['reset in a transaction', fromSystem('ECONNRESET'), 'transaction', 'connection-lost', 'safe'],
    ['broken pipe', fromSystem('EPIPE'), 'autocommit', 'connection-lost', 'unknown-outcome'],
    ['reset while connecting', fromSystem('ECONNRESET'), 'connect', 'database-unreachable', 'safe'],
    [
      'ended',
      new Error('Connection terminated unexpectedly'),
      'commit',
      'connection-lost',
      'unknown-outcome',
    ],
    [
      'no free connection',
      new Error('timeout exceeded when trying to connect'),
      'autocommit',
      'database-unreachable',
      'safe',
    ],
  ])('%s', (_name, error, phase, code, retry) => {
    const mapped = toDatabaseError(error, phase);
    expect(mapped).toBeInstanceOf(DatabaseError);
    expect({ code: mapped.code, retry: mapped.retry }).toEqual({ code, retry });
    expect(mapped.cause).toBe(error);
  });

  test('keeps one that is one, and takes a statement for committing itself when nothing else is said', () => {
    const known = new DatabaseError('deadlock', 'safe', 'known');
    expect(toDatabaseError(known, 'commit')).toBe(known);
    expect(toDatabaseError(fromSystem('ECONNRESET')).retry).toBe('unknown-outcome');
  });

  test('messages hold no words of the server, which can hold rows (PRIV-4)', () => {
    expect(toDatabaseError(fromServer('23505'), 'transaction').message).not.toContain('words of the server');
  });
});
