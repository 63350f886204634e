------------------------------- MODULE Mutants ------------------------------
(* What a broken rule would be. Each configuration beside this file puts one of these in place of a definition of Coin. *)
EXTENDS MC

(* PAY-3: what is decided leaves before it is on disk. *)
ReleasedFirst(i, message) ==
  /\ pending' = [by |-> i, message |-> message]
  /\ signed' = signed \cup {message}
  /\ UNCHANGED <<fault, copied, journal, lost, registryVars>>

(* PAY-8: a range that a Verdict voided is paid with again. *)
FreeAfterVoid(i, node) ==
  LET void == {s \in OwnSpends(i) : \E v \in Heard(i) : v.req = s.req /\ s \notin v.list}
  IN  PointsOf(node) \ UNION {m.pts : m \in {x \in journal[i] \ void : x.t \in {"spend", "claim"} /\ x.parent = node}}

(* PAY-11: an offer is not bound to the request that it answers. *)
AnyOffer(i, req, s) == TRUE

(* PAY-8: a payer does not look who signed a Verdict. *)
AnyAnswer(v, s) == v.req = s.req

(* SET-13: the registry does not tell a payer its Verdicts. *)
ToldByPayeeAlone == net

(* SET-2: what was credited is not looked at. *)
NothingCredited == {}

(* SET-3: a refresh makes coins that no posting takes from the old coin. *)
NoDebit(new) ==
  [Balanced(new) EXCEPT !.outstanding = IF \E x \in new : x.msg # Nil /\ x.msg.out = "refresh" THEN book.outstanding ELSE @]

(* SET-4: a conflict is looked for only where something was claimed. *)
DetectAmongClaims(m, others) == ProofsOf(m, OfType("claim", others))

(* SET-4: nobody looks for the use of what its own Verdict voided. *)
DetectNoVoidUse(m, others) == {p \in ProofsOf(m, others) : p.form # 3}

(* SET-5: the second branch gets nothing. *)
NoFund(culprit, line) == None

(* SET-5: who returns what its payee voided and used is taken for the culprit. *)
SignerOfOurs(ours, theirs) == ours.signer

(* SET-7: late claims are owed by the coin's owner, whoever got the money. *)
CoinOwnerOwes(claim, gap) == Owner

(* SET-7: late claims are owed by nobody. *)
NobodyOwes(claim, point, gaps) == {}
=============================================================================
