------------------------------ MODULE Messages ------------------------------
(***************************************************************************)
(* Signed messages, and the proofs that they make. A message is a value:   *)
(* it holds all that was signed, so it is its own id (ID-1, ID-2).         *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences

CONSTANTS
  Owner,      \* whose coin it is: its key
  Points,     \* the units of the coin's line
  Amounts     \* what the first, the second … request asks for

Coin == [t |-> "coin"]
Request(nr, payee) == [t |-> "request", nr |-> nr, signer |-> payee]
Spend(signer, parent, pts, payee, req, seq) ==
  [t |-> "spend", signer |-> signer, parent |-> parent, pts |-> pts, payee |-> payee, req |-> req, seq |-> seq]
Verdict(signer, req, list) == [t |-> "verdict", signer |-> signer, req |-> req, list |-> list]
Claim(signer, parent, pts, out) ==
  [t |-> "claim", signer |-> signer, parent |-> parent, pts |-> pts, out |-> out]
Return(spend) ==
  [t |-> "return", signer |-> spend.signer, parent |-> spend.parent, pts |-> spend.pts, of |-> spend, out |-> "account"]

OfType(type, set) == {m \in set : m.t = type}
Spends(set) == OfType("spend", set)
Verdicts(set) == OfType("verdict", set)
(* Claims and Returns: what can be credited. *)
Claims(set) == {m \in set : m.t \in {"claim", "return"}}

AmountOf(req) == Amounts[req.nr]
OwnerOf(node) == IF node = Coin THEN Owner ELSE node.payee
PointsOf(node) == IF node = Coin THEN Points ELSE node.pts

(* The messages from the coin to this one, itself included. *)
RECURSIVE Path(_)
Path(m) == IF m = Coin THEN <<>> ELSE Append(Path(m.parent), m)
OnPath(m) == LET path == Path(m) IN {path[i] : i \in 1..Len(path)}

(* Two inputs of one key, same parent, overlapping (FraudProof form 1). *)
Overlap(a, b) == a # b /\ a.parent = b.parent /\ a.pts \cap b.pts # {}
Conflict(a, b) ==
  /\ Overlap(a, b)
  /\ a.t # "return" /\ b.t # "return"
  /\ a.t = "spend" \/ b.t = "spend"

-----------------------------------------------------------------------------
(* Proofs: from signed messages alone (SET-4, forms 1 to 4). *)

Proof(form, key, evidence) == [form |-> form, key |-> key, evidence |-> evidence]
Uses(s, m) == m.t \in {"spend", "claim"} /\ m.parent = s /\ m.signer = s.payee

(* The proofs that one message makes together with others. *)
ProofsOf(m, others) ==
  LET inputs == {x \in others : x.t \in {"spend", "claim"}}
      rulings == Verdicts(others)
  IN  (IF m.t \in {"spend", "claim"}
       THEN {Proof(1, m.signer, {m, x}) : x \in {y \in inputs : Conflict(m, y)}}
         \cup {Proof(3, m.signer, {m, m.parent, v}) :
                v \in {w \in rulings : m.parent # Coin /\ w.req = m.parent.req /\ w.signer = m.signer
                                        /\ m.parent \notin w.list}}
       ELSE {})
      \cup
      (IF m.t = "spend"
       THEN {Proof(4, m.signer, {m, x}) :
              x \in {y \in Spends(others) : y # m /\ y.signer = m.signer /\ y.seq = m.seq}}
       ELSE {})
      \cup
      (IF m.t = "verdict"
       THEN {Proof(2, m.signer, {m, v}) : v \in {w \in rulings : w # m /\ w.req = m.req /\ w.signer = m.signer}}
         \cup {Proof(3, m.signer, {m, x.parent, x}) :
                x \in {y \in inputs : y.parent # Coin /\ y.parent.req = m.req /\ y.signer = m.signer
                                       /\ y.parent \notin m.list}}
       ELSE {})

=============================================================================
