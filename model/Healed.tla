------------------------------- MODULE Healed -------------------------------
(***************************************************************************)
(* Heal the network and sync everybody: every payment between intact       *)
(* devices ends with the Verdict of its payee, and every unit of the coin  *)
(* is somebody's (PROTOCOL §8.8). What was lost stays lost: the syncs do.  *)
(***************************************************************************)
EXTENDS MC

VARIABLE healed

(* No new payment, no loss, no crash, no attack. *)
Settle ==
  \/ \E i \in Instances :
       \/ Sync(i) \/ TakeVerdict(i) \/ SignReturn(i)
       \/ ReceiveOffer(i) \/ ReceiveRecorded(i) \/ CloseRequest(i)
  \/ Flush \/ Review \/ CloseCoin

HealedInit == Init /\ healed = FALSE
HealedNext ==
  \/ ~healed /\ Next /\ UNCHANGED healed
  \/ Quiet /\ ~healed /\ healed' = TRUE /\ UNCHANGED vars
  \/ healed /\ Settle /\ UNCHANGED healed

allVars == <<vars, healed>>
HealedSpec == HealedInit /\ [][HealedNext]_allVars /\ WF_allVars(healed /\ Settle /\ UNCHANGED healed)

PaymentsEnded ==
  \A i \in Devices : Intact(i) =>
    \A s \in OwnSpends(i) : Intact(s.payee) =>
      \E v \in Heard(i) : Answers(v, s) /\ v \in journal[s.payee]

Ended == PaymentsEnded /\ closed /\ Unclaimed = {}
EveryPaymentEnds == healed ~> Ended
=============================================================================
