/** Why the machine could not read or write, for a person. */
import type { Pair } from '../text/messages.ts';
import { FILE_REASONS } from '../text/problems.ts';

/** In words of both languages where the code is a known one. */
export const reasonOf = (error: unknown): string | Pair => {
  if (!(error instanceof Error)) return String(error);
  switch (Reflect.get(error, 'code')) {
    case 'ENOENT':
      return FILE_REASONS.missing;
    case 'EACCES':
    case 'EPERM':
      return FILE_REASONS.denied;
    case 'EISDIR':
      return FILE_REASONS.folder;
    case 'ENOSPC':
    case 'EDQUOT':
      return FILE_REASONS.full;
    case 'EPIPE':
    case 'ERR_STREAM_DESTROYED':
      return FILE_REASONS.readerGone;
    default:
      return error.message;
  }
};
