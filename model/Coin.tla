-------------------------------- MODULE Coin --------------------------------
(***************************************************************************)
(* One coin's life: a few devices, of which one may be dishonest, and the  *)
(* registry. Rule ids are those of docs/spec/rules.md; docs/model.md says  *)
(* what is covered and what is not.                                        *)
(*                                                                         *)
(* Who can sign what is said by the actions alone: a device signs with its *)
(* own key by the rules, its copy does the same from an old state, and a   *)
(* rooted device signs whatever is well formed, with its own key. Nobody   *)
(* signs with another key.                                                 *)
(***************************************************************************)
EXTENDS Messages, Integers

CONSTANTS
  Devices,    \* devices; the key of a device is the device
  Copy,       \* what a cloned device is copied to
  Ranges,     \* the sets of neighbouring points
  Faults,     \* what may be broken; one is drawn in the initial state
  MaxSpends,  \* per kind of fault: spends that are ever signed
  MaxClaims,  \* per kind of fault: claims that are ever signed
  MaxHops,    \* spends before one on its path (PAY-9)
  MaxLost,    \* messages that are lost at one time
  ReviewFirst, \* whether the registry always reviews before it takes anything more
  Nil

VARIABLES
  fault,     \* what is broken: [kind: none, cloned, rooted; who: its key]
  copied,    \* whether the copy was made
  journal,   \* per device: what is on its disk
  pending,   \* what a device has decided and not yet written: [by, message], or Nil
  signed,    \* all that was ever signed and left a memory: what can be received, any number of times or never
  lost,      \* what cannot be received until it is shown again
  stored,    \* registry: every message it has taken
  before,    \* registry: of two stored spends that compete, which came first
  credits,   \* registry: who was credited which point, for what
  book,      \* registry: balances, posted with each credit
  cases,     \* registry: the proofs it has made
  outrun,    \* registry: spends that are void by the close alone
  reviewDue, \* registry: a claim is to be credited
  late,      \* registry: claims that came after the close
  closed     \* claimBy + grace is over and the walk is done

vars == <<fault, copied, journal, pending, signed, lost, stored, before, credits, book, cases, outrun, reviewDue, late, closed>>
registryVars == <<stored, before, credits, book, cases, outrun, reviewDue, late, closed>>
deviceVars == <<journal, pending>>
networkVars == <<signed, lost>>

-----------------------------------------------------------------------------
(* Devices. *)

Instances == Devices \cup {Copy}
Key(i) == IF i = Copy THEN fault.who ELSE i
Intact(key) == key # fault.who
(* Where the wallet's own software runs. *)
Runs(i) == IF i = Copy THEN copied ELSE ~(fault.kind = "rooted" /\ fault.who = i)

(* What can be received: whatever was signed, as often as one likes, but for what is lost. *)
net == signed \ lost

(* What a device has of its own; a payment is accepted by the Verdict that lists it (PAY-3). *)
OwnSpends(i) == {s \in Spends(journal[i]) : s.signer = Key(i)}
OwnVerdicts(i) == {v \in Verdicts(journal[i]) : v.signer = Key(i)}
Accepted(i) == UNION {v.list : v \in OwnVerdicts(i)}
Heard(i) == {v \in Verdicts(journal[i]) : v.signer # Key(i)}
Nodes(i) == (IF Key(i) = Owner THEN {Coin} ELSE {}) \cup Accepted(i)
(* Every Spend that a device knows the history of (PAY-5, check 10). *)
History(i) == UNION {OnPath(s) : s \in Spends(journal[i]) \cup Accepted(i)}
IsOpen(i, req) == req \in journal[i] /\ \A v \in OwnVerdicts(i) : v.req # req

(* PAY-2, PAY-8: what a device may still sign over: not a point twice, not even one that a Verdict voided. *)
Free(i, node) == PointsOf(node) \ UNION {m.pts : m \in {x \in journal[i] : x.t \in {"spend", "claim"} /\ x.parent = node}}

(* PAY-5, PAY-11: an offer is accepted only under the request that it answers, by that request's payee. *)
IsForMe(i, req, s) == s.payee = Key(i) /\ s.req = req
IsWhole(req, s) == Cardinality(s.pts) = AmountOf(req)
IsConsistent(i, s) == \A a \in OnPath(s), b \in History(i) : ~Conflict(a, b)
Verifies(i, req, s) ==
  /\ IsForMe(i, req, s)
  /\ IsWhole(req, s)
  /\ Len(Path(s)) <= MaxHops + 1
  /\ IsConsistent(i, s)

NextSeq(i) == Cardinality(OwnSpends(i)) + 1
MaySpend == ~closed /\ Cardinality(Spends(signed)) < MaxSpends[fault.kind]
MayClaim == Cardinality(OfType("claim", signed)) < MaxClaims[fault.kind]
Requests == OfType("request", signed)

-----------------------------------------------------------------------------
(* The registry judges. *)

(* PAY-8: void is what a Verdict of its payee does not list, and what the close found outrun. *)
IsVoid(s) ==
  /\ s.t = "spend"
  /\ \/ s \in outrun
     \/ \E v \in Verdicts(stored) : v.req = s.req /\ v.signer = s.payee /\ s \notin v.list

PlaceOfParting(ours, theirs) ==
  LET places == {i \in 1..(IF Len(ours) < Len(theirs) THEN Len(ours) ELSE Len(theirs)) : ours[i] # theirs[i]}
  IN  IF places = {} THEN 0 ELSE CHOOSE i \in places : \A j \in places : i <= j

(* Who made both branches. *)
CulpritOf(ours, theirs) ==
  CASE ours.t = "return" /\ IsVoid(theirs) -> theirs.payee
    [] theirs.t = "return" /\ IsVoid(ours) -> ours.payee
    [] OTHER -> ours.signer

None == [src |-> "none", culprit |-> Nil, line |-> 0]
FundPays(culprit, line) == [src |-> "fund", culprit |-> culprit, line |-> line]

(* SET-5: Spends of the claimant that stand against its claim. *)
AgainstIt(claim, point) ==
  LET path == Path(claim)
      named == \E a \in stored, b \in stored :
                 a.t \in {"spend", "claim"} /\ b.t \in {"spend", "claim"} /\ a.signer = claim.signer /\ Conflict(a, b)
  IN  {s \in Spends(stored) :
        /\ s.signer = claim.signer /\ point \in s.pts /\ s \notin OnPath(claim)
        /\ LET theirs == Path(s)
               at == PlaceOfParting(path, theirs)
           IN  /\ ~(path[at].t = "return" /\ IsVoid(theirs[at]))
               /\ named \/ path[at].signer = claim.signer}

(* SET-2, SET-5: what a claim gets at a point, given what was credited. *)
Judge(claim, point, given) ==
  LET path == Path(claim)
      here == {c \in given : c.point = point}
      voids == {k \in 1..Len(path) : IsVoid(path[k])}
      voidAt == IF voids = {} THEN 0 ELSE CHOOSE k \in voids : \A j \in voids : j <= k
      At(c) == PlaceOfParting(path, Path(c.msg))
      Ours(c) == path[At(c)]
      Theirs(c) == Path(c.msg)[At(c)]
      Same(c) == At(c) = 0 \/ (Ours(c).t # "spend" /\ Theirs(c).t # "spend")
      deep == {c \in here : \A d \in here : At(d) <= At(c)}
      first == CHOOSE c \in deep : TRUE
      culprit == IF here # {} /\ (voidAt = 0 \/ At(first) > voidAt) THEN CulpritOf(Ours(first), Theirs(first))
                 ELSE IF voidAt > 0 THEN path[voidAt + 1].signer ELSE Nil
  IN  CASE \E k \in voids : path[k + 1].signer = claim.signer -> None
        [] AgainstIt(claim, point) # {} -> None
        [] \E c \in here : Same(c) -> None
        [] \E c \in here : CulpritOf(Ours(c), Theirs(c)) = claim.signer -> None
        [] voidAt = 0 /\ ~\E c \in here : c.line = 0 -> [src |-> "coin", culprit |-> Nil, line |-> 0]
        [] OTHER -> FundPays(culprit, 1 + Cardinality(here))

Credit(point, line, src, to, culprit, msg) ==
  [point |-> point, line |-> line, src |-> src, to |-> to, culprit |-> culprit, msg |-> msg]

(* SET-3: a posting for each credit, in the same step. *)
Total(set, src) == Cardinality({c \in set : c.src = src})
Balanced(new) ==
  [outstanding |-> book.outstanding - Total(new, "coin") - Total(new, "close"),
   fund |-> book.fund - Total(new, "fund"),
   reissued |-> book.reissued + Cardinality({c \in new : c.msg # Nil /\ c.msg.out = "refresh"}),
   accounts |-> [k \in Devices |->
     book.accounts[k] + Cardinality({c \in new : c.to = k /\ (c.msg = Nil \/ c.msg.out = "account")})
                      - Cardinality({c \in new : c.src = "debt" /\ c.culprit = k})]]

Post(new) == Balanced(new)

(* SET-7: to whom a late claim's money went, or who signed two ways. *)
DebtorOf(claim, gap) ==
  LET owners == {Owner} \cup {s.payee : s \in Spends(OnPath(claim))}
      culprits == {p.key : p \in {q \in cases : q.form = 1 /\ q.evidence \cap OnPath(claim) # {}}}
  IN  IF claim.t = "return" \/ gap \in owners \/ culprits = {} THEN gap ELSE CHOOSE k \in culprits : TRUE

AtClose == {c \in credits : c.src = "close"}

(* SET-7: a debt of those to whom the walk gave the point. *)
Owed(claim, point, gaps) == {Credit(point, 1, "debt", claim.signer, DebtorOf(claim, gap), claim) : gap \in gaps}

(* What the registry holds a claim against. *)
KnownCredits == credits \ AtClose

(* What a claim gets now. *)
Due(claim) ==
  LET Mine(p) == \E c \in credits : c.point = p /\ c.msg = claim
      Gaps(p) == {c.to : c \in {x \in AtClose : x.point = p}}
      Part(p) ==
        LET judged == Judge(claim, p, KnownCredits)
            made == Credit(p, judged.line, judged.src, claim.signer, judged.culprit, claim)
        IN  CASE Mine(p) \/ judged.src = "none" -> {}
              [] ~closed -> {made}
              [] claim.signer \in Gaps(p) -> {}
              [] judged.src = "fund" -> {made}
              [] OTHER -> Owed(claim, p, Gaps(p))
  IN  UNION {Part(p) : p \in claim.pts}

ReviewDue == \E c \in Claims(stored) : Due(c) # {}

(* SET-7: of several payers for one request without a Verdict. *)
OutrunNow ==
  LET Rivals(s) == {x \in Spends(stored) : x.req = s.req /\ x.payee = s.payee}
      Used(s) == {x \in Rivals(s) : \E m \in stored : Uses(x, m)}
      Answered(s) == \E v \in Verdicts(stored) : v.req = s.req /\ v.signer = s.payee
      IsFirst(s) == ~\E x \in Rivals(s) : <<x, s>> \in before
  IN  {s \in Spends(stored) :
        ~Answered(s) /\ IF Used(s) # {} THEN s \notin Used(s) ELSE ~IsFirst(s)}

(* The deepest known owner of a point, first stored branch first. *)
RECURSIVE Walk(_, _, _)
Walk(node, point, without) ==
  LET below == {s \in Spends(stored) : s.parent = node /\ point \in s.pts /\ s \notin without}
  IN  IF below = {} THEN OwnerOf(node)
      ELSE Walk(CHOOSE s \in below : ~\E x \in below : <<x, s>> \in before, point, without)

Unclaimed == {p \in Points : ~\E c \in credits : c.point = p /\ c.line = 0}

-----------------------------------------------------------------------------
(* What devices do. *)

(*
  Whose turn it is. A decision that is not yet written is seen by nobody else: what others do in between commutes
  with it. So it is written or lost before anything else happens. The same holds for a review, which no device
  sees, but not against what else the registry takes: ReviewFirst says whether that waits.
*)
Quiet == pending = Nil
Turn == Quiet /\ (ReviewFirst => ~reviewDue)
Acts(i) == Turn /\ Runs(i)
Attacks == Turn /\ fault.kind = "rooted"

(* PAY-3: a decision is in memory until it is on disk. *)
Decide(i, message) ==
  /\ pending' = [by |-> i, message |-> message]
  /\ UNCHANGED <<fault, copied, journal, networkVars, registryVars>>

Write(i, message) ==
  /\ journal' = [journal EXCEPT ![i] = @ \cup {message}]
  /\ signed' = signed \cup {message}
  /\ UNCHANGED <<fault, copied, lost, registryVars>>

(* A request; at most one waits for its first payment. *)
MayAsk ==
  /\ ~closed
  /\ Cardinality(Requests) < Len(Amounts)
  /\ \A r \in Requests : \E s \in Spends(signed) : s.req = r

Ask(i) ==
  /\ Acts(i) /\ MayAsk
  /\ Write(i, Request(Cardinality(Requests) + 1, Key(i)))
  /\ UNCHANGED pending

(* PAY-2, PAY-4: one payment for a request, from what is free: of a coin, or of what was received (PAY-9). *)
Pay(i) ==
  /\ Acts(i) /\ MaySpend
  /\ \E req \in Requests, node \in Nodes(i) :
       /\ req.signer # Key(i)
       /\ \A s \in OwnSpends(i) : s.req # req
       /\ Len(Path(node)) <= MaxHops
       /\ \E pts \in Ranges :
            /\ Cardinality(pts) = AmountOf(req)
            /\ pts \subseteq Free(i, node)
            /\ Decide(i, Spend(Key(i), node, pts, req.signer, req, NextSeq(i)))

(* PAY-5, PAY-7: the money and its Verdict are one record. *)
Accept(i, s) ==
  \E req \in Requests :
    /\ IsOpen(i, req)
    /\ Verifies(i, req, s)
    /\ Decide(i, Verdict(Key(i), req, {s}))

ReceiveOffer(i) == Acts(i) /\ ~closed /\ \E s \in Spends(net) : Accept(i, s)

(* SET-13: the payee's sync brings what the payer had recorded and the payee cannot get, or not any more. *)
ReceiveRecorded(i) == Acts(i) /\ \E s \in Spends(stored) : (closed \/ s \in lost) /\ Accept(i, s)

(* PAY-7: closed by its holder or by expiry; one that nobody ever pays is left out, since nobody sees its end. *)
CloseRequest(i) ==
  /\ Acts(i)
  /\ \E req \in Requests :
       /\ IsOpen(i, req)
       /\ \E s \in Spends(signed) : s.req = req
       /\ Decide(i, Verdict(Key(i), req, {}))

(* SET-2, SET-9: all that is left of one coin or of one received range, to the account or to a new coin. *)
SignAll(i, node, out) ==
  LET free == Free(i, node) IN free # {} /\ Decide(i, Claim(Key(i), node, free, out))

SignClaim(i) == Acts(i) /\ MayClaim /\ \E node \in Nodes(i) : SignAll(i, node, "account")
SignRefresh(i) == Acts(i) /\ MayClaim /\ Key(i) = Owner /\ SignAll(i, Coin, "refresh")

(* PAY-8: the registry says at the payer's sync that a Spend is void. *)
MayReturn(s) == IsVoid(s)

SignReturn(i) ==
  /\ Acts(i)
  /\ \E s \in OwnSpends(i) \cap stored :
       /\ MayReturn(s)
       /\ Return(s) \notin journal[i]
       /\ Decide(i, Return(s))

(* PAY-3: durable, then released. *)
Flush ==
  /\ ~Quiet
  /\ Write(pending.by, pending.message)
  /\ pending' = Nil

(* What was decided and not written is gone; the rest is what the restart reads. *)
Crash ==
  /\ ~Quiet
  /\ pending' = Nil
  /\ UNCHANGED <<fault, copied, journal, networkVars, registryVars>>

(* PAY-4, PAY-8: shown again, from what is on disk. *)
ShowAgain(i) ==
  /\ lost # {} /\ Acts(i)
  /\ \E m \in lost \cap journal[i] :
       /\ m.signer = Key(i)
       /\ lost' = lost \ {m}
  /\ UNCHANGED <<fault, copied, signed, deviceVars, registryVars>>

(* PAY-8: the payer's first Verdict is final, from the payee or from its own sync. *)
Answers(v, s) == v.req = s.req /\ v.signer = s.payee
Told == net \cup stored

TakeVerdict(i) ==
  /\ Acts(i)
  /\ \E v \in Verdicts(Told) :
       /\ \E s \in OwnSpends(i) : Answers(v, s)
       /\ \A w \in Heard(i) : w.req # v.req
       /\ Write(i, v)
  /\ UNCHANGED pending

-----------------------------------------------------------------------------
(* The network and the broken device. Duplication is that nothing leaves the net by being received. *)

Lose ==
  /\ Turn
  /\ Cardinality(lost) < MaxLost
  /\ \E m \in net :
       /\ m.t \in {"spend", "verdict"} /\ Intact(m.signer)
       /\ lost' = lost \cup {m}
  /\ UNCHANGED <<fault, copied, signed, deviceVars, registryVars>>

(* A copy with the state of now, run by the same software (threat model: a cloned or rolled-back device). *)
Clone ==
  /\ Turn
  /\ fault.kind = "cloned" /\ ~copied
  /\ copied' = TRUE
  /\ journal' = [journal EXCEPT ![Copy] = journal[fault.who]]
  /\ UNCHANGED <<fault, pending, networkVars, registryVars>>

Attack(message) ==
  /\ message \notin signed
  /\ signed' = signed \cup {message}
  /\ UNCHANGED <<fault, copied, lost, deviceVars, registryVars>>

AttackNodes == {s \in Spends(signed) : s.payee = fault.who} \cup (IF fault.who = Owner THEN {Coin} ELSE {})

AttackAsk == Attacks /\ MayAsk /\ Attack(Request(Cardinality(Requests) + 1, fault.who))

(* Anything it ever owned, again and again, with a used or a fresh number; also to itself naming another's request. *)
AttackSpend ==
  /\ Attacks /\ MaySpend
  /\ LET next == Cardinality({s \in Spends(signed) : s.signer = fault.who}) + 1
     IN  \E node \in AttackNodes, req \in Requests, pts \in Ranges, seq \in {1, next} :
           /\ pts \subseteq PointsOf(node)
           /\ Cardinality(pts) = AmountOf(req)
           /\ Len(Path(node)) <= MaxHops
           /\ \E payee \in {req.signer, fault.who} : Attack(Spend(fault.who, node, pts, payee, req, seq))

(* Also over the request of another (SET-13: a Verdict decides on Spends to its own signer alone). *)
AttackVerdict ==
  /\ Attacks
  /\ \E req \in Requests :
       LET spends == {s \in Spends(signed) : s.req = req}
       IN  /\ spends # {}
           /\ \E list \in {{}} \cup {{s} : s \in spends} : Attack(Verdict(fault.who, req, list))

AttackClaim ==
  /\ Attacks /\ MayClaim
  /\ \E node \in AttackNodes : Attack(Claim(fault.who, node, PointsOf(node), "account"))

AttackReturn ==
  /\ Attacks
  /\ \E s \in Spends(stored) : s.signer = fault.who /\ MayReturn(s) /\ Attack(Return(s))

-----------------------------------------------------------------------------
(* What the registry does. *)

(* Siblings that overlap, and Spends for one request: who came first counts (SET-7). *)
Compete(a, b) ==
  a.t = "spend" /\ b.t = "spend" /\ (Overlap(a, b) \/ (a # b /\ a.req = b.req /\ a.payee = b.payee))

(* SET-4: every message is held against all that is stored. *)
Detect(m, others) == ProofsOf(m, others)

Store(messages) ==
  LET new == messages \ stored
      all == stored \cup new
  IN  /\ new # {}
      /\ stored' = all
      /\ before' = before \cup {pair \in stored \X new : Compete(pair[1], pair[2])}
      /\ cases' = cases \cup UNION {Detect(m, all) : m \in new}
      /\ late' = IF closed THEN late \cup Claims(new) ELSE late
      /\ UNCHANGED <<fault, copied, deviceVars, networkVars, credits, book, outrun, closed>>
      /\ reviewDue' = ReviewDue'

WithPaths(messages) == messages \cup UNION {OnPath(m) : m \in {x \in messages : x.t \in {"spend", "claim", "return"}}}

(* SET-13, SET-14: all that a device made and received. *)
Sync(i) == Acts(i) /\ Store(WithPaths((journal[i] \ Requests) \cup Accepted(i)))

(* A broken device, or whoever relays for it, brings what it likes, in any order. *)
Bring == Attacks /\ \E m \in (net \ stored) \ Requests : Store(WithPaths({m}))

Review ==
  /\ Quiet /\ reviewDue
  /\ \E claim \in Claims(stored) :
       LET due == Due(claim)
       IN  /\ due # {}
           /\ credits' = credits \cup due
           /\ book' = Post(due)
  /\ UNCHANGED <<fault, copied, deviceVars, networkVars, stored, before, cases, outrun, late, closed>>
  /\ reviewDue' = ReviewDue'

CloseCoin ==
  /\ Turn /\ ~reviewDue
  /\ ~closed
  /\ LET void == {s \in Spends(stored) : IsVoid(s)} \cup OutrunNow
         new == {Credit(p, 0, "close", Walk(Coin, p, void), Nil, Nil) : p \in Unclaimed}
     IN  credits' = credits \cup new /\ book' = Post(new)
  /\ outrun' = OutrunNow
  /\ closed' = TRUE
  /\ UNCHANGED <<fault, copied, deviceVars, networkVars, stored, before, cases, late>>
  /\ reviewDue' = ReviewDue'

-----------------------------------------------------------------------------
InitialFund == 2 * Cardinality(Points)

Init ==
  /\ fault \in Faults
  /\ copied = FALSE
  /\ journal = [i \in Instances |-> {}]
  /\ pending = Nil
  /\ signed = {} /\ lost = {} /\ stored = {} /\ before = {} /\ credits = {} /\ cases = {} /\ outrun = {}
  /\ book = [outstanding |-> Cardinality(Points), fund |-> InitialFund, reissued |-> 0,
             accounts |-> [k \in Devices |-> 0]]
  /\ reviewDue = FALSE
  /\ late = {}
  /\ closed = FALSE

Next ==
  \/ \E i \in Instances :
       \/ Ask(i) \/ Pay(i) \/ ReceiveOffer(i) \/ ReceiveRecorded(i) \/ CloseRequest(i) \/ TakeVerdict(i) \/ ShowAgain(i)
       \/ SignClaim(i) \/ SignRefresh(i) \/ SignReturn(i) \/ Sync(i)
  \/ Flush \/ Crash
  \/ Lose \/ Clone
  \/ AttackAsk \/ AttackSpend \/ AttackVerdict \/ AttackClaim \/ AttackReturn \/ Bring
  \/ Review \/ CloseCoin

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Invariants. *)

(* SET-2: claimed ranges of the coin never overlap, nor within the line of a branch. *)
ClaimsNeverOverlap ==
  \A a \in credits, b \in credits :
    a # b /\ a.point = b.point /\ a.src # "debt" /\ b.src # "debt" => a.line # b.line

(* SET-12: the sum of all balances is what it was. *)
RECURSIVE Sum(_, _)
Sum(f, keys) == IF keys = {} THEN 0 ELSE LET k == CHOOSE x \in keys : TRUE IN f[k] + Sum(f, keys \ {k})
SumConserved ==
  book.outstanding + book.fund + book.reissued + Sum(book.accounts, Devices) = Cardinality(Points) + InitialFund

(* §8.4: nobody can make a proof against an intact key, with all that was ever signed. *)
HonestNeverAccused == \A m \in signed : Intact(m.signer) => ProofsOf(m, signed) = {}

(* §8.5: payer and payee never hold different final Verdicts of one payment; a lying payee is provable. *)
OneVerdict ==
  LET held == UNION {Verdicts(journal[i]) : i \in {d \in Devices : Runs(d)}}
  IN  \A v \in held, w \in held : v # w /\ v.req = w.req => v.signer = w.signer /\ ~Intact(v.signer)

(* §8.3: each double spend, and each use of what was voided, that arrived is proved, by what was signed. *)
DoubleSpendsProved ==
  /\ \A p \in cases : p.evidence \subseteq signed
  /\ \A a \in stored, b \in stored :
       a.t \in {"spend", "claim"} /\ b.t \in {"spend", "claim"} /\ Conflict(a, b)
         => \E p \in cases : p.key = a.signer /\ p.evidence = {a, b}

(* PAY-5, PAY-11: what a device accepts is its own. *)
OnlyPayeeAccepts ==
  \A i \in Instances : Runs(i) => \A s \in Accepted(i) :
    s.payee = Key(i) /\ s.req.signer = Key(i) /\ Cardinality(s.pts) = AmountOf(s.req)

(* §8.2: who claims in time by the rules is paid, by the coin or by the fund. *)
IsPaid(c) == \A p \in c.pts : \E x \in credits : x.point = p /\ x.to = c.signer
HonestPaid == \A c \in Claims(stored) \ late : Intact(c.signer) /\ Due(c) = {} => IsPaid(c)

(* SET-7: a late claim is owed, but for a spend that the close made void. *)
LateClaimsOwed ==
  \A c \in late : Intact(c.signer) /\ Due(c) = {} => IsPaid(c) \/ OnPath(c) \cap outrun # {}

(* SET-5: the fund pays only where a proof names who is to make it good. *)
FundByProof == \A c \in credits : c.src = "fund" => \E p \in cases : p.key = c.culprit

(* SET-7: an intact wallet owes only what the close gave it. *)
Debts == {c \in credits : c.src = "debt"}
DebtsFromTheClose ==
  \A c \in Debts : Intact(c.culprit) => \E x \in AtClose : x.point = c.point /\ x.to = c.culprit

(* Not kept by the rules as they are (docs/FINDINGS.md): it owes that once, and every late claim is owed. *)
DebtsOnce ==
  \A c \in Debts, d \in Debts : c # d /\ c.point = d.point /\ c.culprit = d.culprit => ~Intact(c.culprit)
LateClaimsPaid == \A c \in late : Intact(c.signer) /\ Due(c) = {} => IsPaid(c)

=============================================================================
