--------------------------------- MODULE MC ---------------------------------
(* Values for the constants of Coin, and what is symmetric in them. *)
EXTENDS Coin, TLC

CONSTANTS a, b, c, copy, p1, p2, p3

ThreeDevices == {a, b, c}
ThreePoints == {p1, p2, p3}
Neighbours == {{p1}, {p2}, {p3}, {p1, p2}, {p2, p3}, {p1, p2, p3}}

NoFault == {[kind |-> "none", who |-> Nil]}
Cloned == [kind : {"cloned"}, who : ThreeDevices]
Rooted == [kind : {"rooted"}, who : ThreeDevices]
RootedPayee == {[kind |-> "rooted", who |-> b]}
AnyFault == NoFault \cup Cloned \cup Rooted

One == <<1>>
Two == <<2>>
OneOne == <<1, 1>>
TwoTwo == <<2, 2>>
TwoOne == <<2, 1>>
TwoOneOne == <<2, 1, 1>>

(* Bounds for each kind of fault: what is broken can do more, so that fewer messages make as many states. *)
Kinds == {"none", "cloned", "rooted"}
Zero == [kind \in Kinds |-> 0]
Single == [kind \in Kinds |-> 1]
Double == [kind \in Kinds |-> 2]
Triple == [kind \in Kinds |-> 3]
CISpends == [none |-> 3, cloned |-> 2, rooted |-> 1]
CIClaims == [none |-> 2, cloned |-> 1, rooted |-> 2]

(* The devices that do not own the coin are alike, and the line looks the same from both ends. *)
Alike == Permutations({b, c}) \cup Permutations({p1, p3})
Mirror == Permutations({p1, p3})
=============================================================================
