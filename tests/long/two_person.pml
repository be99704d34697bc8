/* The rule of src/accounts/approvals.h as a model for spin: no natural person completes alone.
 *
 * Three natural persons; person 0 is the attacker and has as many sessions as wanted, may be given
 * any role, may be disabled, and may ask for a second account (account 3). Each call is one
 * transaction, so a step is one call by anybody, and there is no bound on how many: the search ends
 * because the states repeat. A row that has left `asked` may be forgotten and its place taken by a
 * new one. owner maps accounts to natural persons.
 *
 * Assumed of people, not of the program: who asks for an account or agrees to one looks whose it is, and
 * nobody else helps the attacker to a second one. `two_person --careless` drops that and shows what follows.
 */
#define ACCOUNTS 4
#define REQUESTS 2

byte owner[ACCOUNTS];        /* natural person behind the account */
bool alive[ACCOUNTS];        /* may sign in */
bool approver[ACCOUNTS];     /* its role may approve */
bool asker[ACCOUNTS];        /* its role may ask */

mtype = { none, asked, approved, closed };   /* closed: refused, withdrawn or lapsed */
mtype state[REQUESTS] = none;
byte by[REQUESTS];           /* account that asked */
byte about[REQUESTS];        /* account it is about */
bool opens_account[REQUESTS];
bool took_effect[REQUESTS];

/* What is over keeps nothing that a later step reads but that it took effect. */
inline leave(r, to) { state[r] = to; by[r] = 0; about[r] = 0; opens_account[r] = false }

inline ask(me, r, subject, opens) {
  if
  :: alive[me] && asker[me] && state[r] == none && subject != me ->
     state[r] = asked; by[r] = me; about[r] = subject; opens_account[r] = opens
  :: else -> skip
  fi
}

/* One transaction: rights are read again, the row leaves `asked` once, the effect is in it. */
inline decide(me, r) {
  if
  :: state[r] == asked && alive[me] && approver[me] && by[r] != me && about[r] != me && (opens_account[r] == false || owner[about[r]] != 0 || (owner[by[r]] == 0 && owner[me] == 0)) ->
     assert(owner[by[r]] != owner[me]);      /* two natural persons */
     assert(took_effect[r] == false);        /* once */
     took_effect[r] = true;
     if
     :: opens_account[r] -> alive[about[r]] = true
     :: else -> approver[about[r]] = true; asker[about[r]] = true
     fi;
     leave(r, approved)
  :: else -> skip
  fi
}

proctype anybody() {
  byte me, r, who;
  do
  :: atomic {
     if :: me = 0 :: me = 1 :: me = 2 :: me = 3 fi;
     if :: r = 0 :: r = 1 fi;
     if
     :: if :: who = 0 :: who = 1 :: who = 2 :: who = 3 fi;
        if
        :: d_step { ask(me, r, who, true) }
        :: d_step { ask(me, r, who, false) }
        fi
     :: d_step { decide(me, r) }
     /* refuse, withdraw, lapse: whoever does it, the row is over */
     :: d_step { if :: state[r] == asked -> leave(r, closed) :: else -> skip fi }
     /* a finished row is history; the place stands for the next one */
     :: d_step { if :: state[r] == approved || state[r] == closed -> state[r] = none; took_effect[r] = false :: else -> skip fi }
     /* rights are taken away between any two steps */
     :: d_step { approver[me] = false }
     :: d_step { asker[me] = false }
     :: d_step { alive[me] = false }
     fi;
     me = 0; r = 0; who = 0 }
  od
}

init {
  atomic {
    owner[0] = 0; owner[1] = 1; owner[2] = 2; owner[3] = 0;
    alive[0] = true; alive[1] = true; alive[2] = true; alive[3] = false;
    approver[0] = true; approver[1] = true; approver[2] = false;
    asker[0] = true; asker[1] = true; asker[2] = false;
    run anybody()
  }
}
