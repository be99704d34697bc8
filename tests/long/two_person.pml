/* The rule of src/accounts/approvals.h as a model for spin: no natural person completes alone.
 *
 * Three natural persons; person 0 is the attacker and has two sessions that act at any time, may be
 * given any role, may be disabled and enabled, and may ask for a second account. Effects:
 * an override, a role, an account. An account works only once another natural person agreed.
 * OWNER maps accounts to natural persons: account 3 belongs to person 0, if it is ever made.
 */
#define ACCOUNTS 4
#define REQUESTS 2

byte owner[ACCOUNTS];        /* natural person behind the account */
bool alive[ACCOUNTS];        /* may sign in */
bool approver[ACCOUNTS];     /* its role may approve */
bool asker[ACCOUNTS];        /* its role may ask */

mtype = { none, asked, approved, refused, withdrawn, lapsed };
mtype state[REQUESTS] = none;
byte by[REQUESTS];           /* account that asked */
byte about[REQUESTS];        /* account it is about */
byte done_by[REQUESTS];      /* account that approved */
byte effects[REQUESTS];      /* how often it took effect */
bool opens_account[REQUESTS];

inline ask(me, r, subject, opens) {
  d_step {
    if
    :: alive[me] && asker[me] && state[r] == none && subject != me ->
       state[r] = asked; by[r] = me; about[r] = subject; opens_account[r] = opens
    :: else -> skip
    fi
  }
}

/* One transaction: rights are read again, the row leaves `asked` once, the effect is in it. */
inline decide(me, r, yes) {
  d_step {
    if
    :: state[r] == asked && alive[me] && approver[me] && by[r] != me && about[r] != me ->
       if
       :: yes ->
          state[r] = approved; done_by[r] = me; effects[r]++;
          assert(owner[by[r]] != owner[me]);      /* two natural persons */
          assert(effects[r] == 1);                /* once */
          if
          :: opens_account[r] -> alive[about[r]] = true
          :: else -> approver[about[r]] = true; asker[about[r]] = true
          fi
       :: else -> state[r] = refused
       fi
    :: else -> skip
    fi
  }
}

inline withdraw(me, r) {
  d_step {
    if
    :: state[r] == asked && by[r] == me -> state[r] = withdrawn
    :: else -> skip
    fi
  }
}

/* A session acts for one account, whatever it likes, in any order with the others. */
proctype session(byte me) {
  byte r, who, n = 0;
  do
  :: atomic { n < 2 ->
     n++;
     select(r : 0 .. REQUESTS - 1);
     select(who : 0 .. ACCOUNTS - 1);
     if
     :: true -> ask(me, r, who, true)
     :: true -> ask(me, r, who, false)
     :: true -> decide(me, r, true)
     :: true -> decide(me, r, false)
     :: true -> withdraw(me, r)
     fi;
     r = 0; who = 0 }
  :: break
  od
}

/* Rights are taken away and time runs out, between any two steps of the others. */
proctype world() {
  byte n = 0;
  do
  :: n < 2 ->
     n++;
     if
     :: approver[1] = false
     :: alive[1] = false
     :: atomic { state[0] == asked -> state[0] = lapsed }
     :: skip
     fi
  :: break
  od
}

init {
  atomic {
    owner[0] = 0; owner[1] = 1; owner[2] = 2; owner[3] = 0;
    alive[0] = true; alive[1] = true; alive[2] = true; alive[3] = false;
    approver[0] = true; approver[1] = true; approver[2] = false;
    asker[0] = true; asker[1] = true; asker[2] = false;
    run session(0); run session(0); run session(1); run session(3); run world()
  }
}
