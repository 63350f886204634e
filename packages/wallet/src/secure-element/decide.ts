/** Every command of the secure element, in one pure function: the state is not changed here. */
import { accept, type Result } from '@duet/protocol/rejection';
import {
  type AcceptOffer,
  type CloseRequest,
  decideAcceptOffer,
  decideCloseRequest,
  decideOpenRequest,
  type OpenRequest,
} from './decide-answer.ts';
import {
  decideSignAgain,
  decideSignClaim,
  decideSignReturn,
  type SignAgain,
  type SignClaim,
  type SignReturn,
} from './decide-claim.ts';
import {
  type AnswerPayment,
  decideAnswerPayment,
  decideFreePayment,
  decideRecordPayment,
  decideRegisterPayment,
  decideSignPayment,
  type FreePayment,
  type RecordPayment,
  type RegisterPayment,
  type SignPayment,
} from './decide-payment.ts';
import type { Decision, ElementEnv } from './decision.ts';
import type { WalletRecord } from './records.ts';
import type { SecureElementState } from './state.ts';

/** Facts from outside that were verified before: new keys, trust, coins, what the registry has. */
export type NotedRecord = Extract<
  WalletRecord,
  {
    kind:
      | 'key-made'
      | 'certified'
      | 'trust-updated'
      | 'load-ordered'
      | 'load-ended'
      | 'upload-noted'
      | 'upload-answered'
      | 'coins-added'
      | 'claim-answered'
      | 'return-answered'
      | 'request-forgotten'
      | 'evidence-kept'
      | 'sent'
      | 'synced'
      | 'keys-retired'
      | 'evidence-resent'
      | 'object-ended'
      | 'order-refused'
      | 'payment-ended';
  }
>;

export interface NoteFacts {
  readonly kind: 'note';
  readonly records: readonly NotedRecord[];
}

export type Command =
  | OpenRequest
  | AcceptOffer
  | CloseRequest
  | RecordPayment
  | SignPayment
  | FreePayment
  | AnswerPayment
  | RegisterPayment
  | SignClaim
  | SignReturn
  | SignAgain
  | NoteFacts;

export function decide(state: SecureElementState, command: Command, env: ElementEnv): Result<Decision> {
  switch (command.kind) {
    case 'open-request':
      return decideOpenRequest(state, command, env);
    case 'accept-offer':
      return decideAcceptOffer(state, command, env);
    case 'close-request':
      return decideCloseRequest(state, command, env);
    case 'record-payment':
      return decideRecordPayment(state, command, env);
    case 'sign-payment':
      return decideSignPayment(state, command, env);
    case 'free-payment':
      return decideFreePayment(state, command, env);
    case 'answer-payment':
      return decideAnswerPayment(state, command);
    case 'register-payment':
      return decideRegisterPayment(state, command);
    case 'sign-claim':
      return decideSignClaim(state, command, env);
    case 'sign-return':
      return decideSignReturn(state, command, env);
    case 'sign-again':
      return decideSignAgain(state, command, env);
    case 'note':
      return accept({ records: command.records, effects: [] });
  }
}
