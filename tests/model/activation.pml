/* How a new contract takes over: firmware, robot's computer, a bad line between them,
 * restarts of both at any moment, and somebody who plays old messages back. The commit
 * record is one atomic step here; record.pml shows why it may be. Contracts are their
 * versions: 1 is obeyed at first, people ask for 2 and then (LAST) for 3.
 *
 * Proved:
 *   - the computer always keeps the contract that the firmware obeys (assert in Boot)
 *   - a batch is processed at most once, and only under the contract it was taken under
 *   - what the computer believes of the firmware was so since it last asked
 *   - a batch is handed over only once the computer has confirmed the contract it is of
 *   - the two never take a take-over between STATEMENT and CONFIRM for a disagreement
 *   - the firmware never obeys less than its floor, and never a contract that it cannot read
 *
 * Mutations, each of which must be found out:
 *   NO_NONCE         the computer believes an old statement
 *   NO_TAG           the computer processes a batch of any contract
 *   DROP_EARLY       the old contract is dropped once the new one is staged
 *   NO_PREPARE       the computer activates what it has not kept yet
 *   CHANGE_AFTER     the computer replaces what it has asked to activate
 *   FLOOR_EARLY      the floor rises when a trial begins
 *   STAGE_ON_TRIAL   a third contract is staged while the second is on trial
 *   NAME_THEN_WRITE  the record names a slot before it is written
 *   NO_REQUEST       the computer takes an answer to whatever it asked before
 *   REFETCH          a batch that was delivered is delivered again
 *   DISAGREES        CONFIRM of what was obeyed a moment ago makes both refuse
 *   NO_CONFIRM       a greeting is enough to be handed a batch
 *   STAYS_AGREED     what was confirmed of one contract holds for the next
 *   NEVER_DONE       a new contract never becomes permanent
 */
#ifndef LAST
#define LAST 2
#endif
#ifndef RESTARTS
#define RESTARTS 2
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef REPLAYS
#define REPLAYS 1
#endif
#ifndef GREETINGS
#define GREETINGS 4
#endif
#ifndef FETCHES
#define FETCHES 3
#endif
#define TRIAL 2 /* boundaries and boots until it goes back */

mtype = {STEADY, ACTIVATING, ON_TRIAL};
mtype = {HELLO, CONFIRM, STAGE, ACTIVATE, KEEP, FETCH}; /* said by the computer */
mtype = {STATEMENT, AGREED, NOT_AGREED, STAGED, BATCH}; /* said by the firmware */

/* Flash of the firmware: two slots, of which the first holds contract 1, and the record. */
byte slot[3];
byte active_place = 1, active_id = 1, previous_place, previous_id, staged_place, staged_id;
mtype phase = STEADY;
byte trial_left, floor = 1, failed;

/* Disk of the computer: two contracts at most, 0 is none. */
byte kept[2];

/* Memory. A session is the number of the computer's greeting; 0: none. No greeting is
 * repeated, so that it stands for the nonces of both sides. */
byte firmware_session, computer_session, greetings;
bool agreed;        /* firmware: the computer has confirmed what is obeyed */
byte boots = 1;     /* of the firmware */
bool confirming;    /* computer: CONFIRM was sent */
byte boot;          /* of the firmware, as stated */
byte requests, taken; /* fetches of this computer; of the last batch that was processed */
byte works = 1;     /* the contract that the computer works under, agreed or not */
bool runs;          /* the firmware has agreed to it */
bool steady;        /* the computer knows that no other is to come back */
byte batch_of, batch_number, newest_number; /* the firmware's newest batch; 0: none */
byte wanted = 2;    /* what people ask for */

/* What is only for the proof. */
byte processed;     /* the highest number of a batch that was */
bool was_active[LAST + 1], was_steady[LAST + 1]; /* since the last greeting */
byte confirmed;     /* the contract of the last CONFIRM since boot */
byte restarts, losses, replays;

/* What, session (of FETCH: boot), contract (of FETCH: request). */
chan to_firmware = [1] of {mtype, byte, byte};
/* What, session (of BATCH and of the answers to CONFIRM: boot), contract, number, request (of
 * STATEMENT: boot). */
chan to_computer = [1] of {mtype, byte, byte, byte, byte};
mtype old_type; byte old_session, old_contract, old_number, old_request; /* what was listened in on */

#ifdef STAGE_ON_TRIAL
#define MAY_STAGE (phase != ACTIVATING)
#define MAY_ASK true
#else
#define MAY_STAGE (phase == STEADY)
#define MAY_ASK steady
#endif
#ifdef NO_REQUEST
#define MAY_TAKE true
#else
#define MAY_TAKE (request == requests && taken != requests)
#endif
#define KEEPS(c) (kept[0] == c || kept[1] == c)

inline remember() {
  was_active[active_id] = true;
  if :: phase == STEADY -> was_steady[active_id] = true :: else fi
}
inline answer(type, session_or_boot, contract, number, request) {
  if
  :: nfull(to_computer) -> to_computer!type, session_or_boot, contract, number, request
  :: full(to_computer)
  fi
}

/* ---- Firmware */

/* Whatever was agreed or stated was of the contract before. */
inline change() {
#ifndef DISAGREES
  firmware_session = 0;
#endif
#ifndef STAYS_AGREED
  agreed = false
#else
  skip
#endif
}
inline obey_staged() {
  assert(slot[staged_place] == staged_id); /* it can be read */
  previous_place = active_place; previous_id = active_id;
  active_place = staged_place; active_id = staged_id;
  staged_place = 0; staged_id = 0;
  phase = ON_TRIAL; trial_left = TRIAL;
#ifdef FLOOR_EARLY
  floor = active_id;
#endif
  change(); remember()
}
inline go_back() {
  assert(slot[previous_place] == previous_id);
  failed = active_id;
  active_place = previous_place; active_id = previous_id;
  previous_place = 0; previous_id = 0;
  phase = STEADY; trial_left = 0;
  change(); remember()
}
inline one_less() {
  if
  :: phase == ON_TRIAL ->
    if :: trial_left > 1 -> trial_left-- :: else -> go_back() fi
  :: else
  fi
}

inline restart_firmware() { /* power went, and came back */
  restarts++; boots++;
  firmware_session = 0; agreed = false; confirmed = 0; batch_number = 0;
  if :: phase == ACTIVATING -> obey_staged() :: else -> one_less() fi;
  assert(slot[active_place] == active_id && active_id >= floor)
}

proctype Firmware() {
  byte session, contract, request, free;
end:
  do
  :: atomic { to_firmware?HELLO(session, contract) ->
      firmware_session = session;
      answer(STATEMENT, session, active_id, (phase == STEADY -> 1 : 0), boots) }
  :: atomic { to_firmware?CONFIRM(session, contract) ->
      if
      :: session == firmware_session ->
        assert(contract == active_id); /* or both would refuse for good */
        agreed = true; confirmed = contract;
        answer(AGREED, boots, 0, 0, 0)
      :: else -> answer(NOT_AGREED, boots, 0, 0, 0) /* of what is obeyed no more, perhaps */
      fi }
  :: atomic { to_firmware?STAGE(session, contract) ->
      if
      :: agreed && session == firmware_session && MAY_STAGE && contract > floor &&
          contract != failed && contract != active_id && contract != staged_id ->
        free = (active_place == 1 -> 2 : 1);
        staged_place = 0; staged_id = 0 /* no record names the slot that is written */
#ifdef NAME_THEN_WRITE
        ; staged_place = free; staged_id = contract
#endif
      :: else -> free = 0
      fi };
    if
    :: free != 0 ->
      slot[free] = 0; /* being written */
      atomic {
        if
        :: slot[free] = contract; staged_place = free; staged_id = contract
        :: restarts < RESTARTS -> restart_firmware(); session = 0
        fi;
        free = 0 }
    :: else
    fi;
    atomic { if
      :: agreed && session == firmware_session && staged_id == contract && contract != 0 ->
        answer(STAGED, session, contract, 0, 0)
      :: else fi }
  :: atomic { to_firmware?ACTIVATE(session, contract) ->
      if
      :: agreed && session == firmware_session && contract == staged_id && phase == STEADY ->
        phase = ACTIVATING
      :: else
      fi }
  :: atomic { to_firmware?KEEP(session, contract) ->
      if
      :: agreed && session == firmware_session && contract == active_id && phase == ON_TRIAL ->
        phase = STEADY; previous_place = 0; previous_id = 0; trial_left = 0; floor = active_id;
        remember()
      :: else
      fi }
  :: atomic { to_firmware?FETCH(session, request) ->
      if
#ifdef NO_CONFIRM
      :: firmware_session != 0 && session == boots && batch_number != 0 ->
#else
      :: !agreed || session != boots -> answer(NOT_AGREED, boots, 0, 0, request)
      :: agreed && session == boots && batch_number != 0 ->
#endif
        assert(confirmed == batch_of); /* nothing is handed over before */
        answer(BATCH, boots, batch_of, batch_number, request);
#ifndef REFETCH
        batch_number = 0
#endif
      :: else
      fi }
  :: atomic { newest_number < 3 -> /* a cycle begins */
      if :: phase == ACTIVATING -> obey_staged() :: else -> one_less() fi;
      newest_number++; batch_of = active_id; batch_number = newest_number }
  :: atomic { restarts < RESTARTS -> restart_firmware() }
  od
}

/* ---- Computer */

inline say(type, session_or_boot, contract) {
  if
  :: nfull(to_firmware) -> to_firmware!type, session_or_boot, contract
  :: full(to_firmware)
  fi
}
inline greet_anew() { runs = false; confirming = false }

inline restart_computer() {
  restarts++; greet_anew(); steady = false; computer_session = 0; boot = 0;
  works = (kept[0] > kept[1] -> kept[0] : kept[1]) /* the newest; the statement decides */
}

proctype Computer() {
  byte session, contract, number, request, free;
end:
  do
  :: atomic { !runs && greetings < GREETINGS && nfull(to_firmware) ->
      greetings++; computer_session = greetings; confirming = false;
      contract = 0;
      do :: contract <= LAST -> was_active[contract] = false; was_steady[contract] = false; contract++
         :: else -> break od;
      remember();
      to_firmware!HELLO, computer_session, 0 }
  :: atomic { to_computer?STATEMENT(session, contract, number, request) ->
      if
#ifdef NO_NONCE
      :: true ->
#else
      :: session == computer_session && !runs && !confirming ->
#endif
        assert(KEEPS(contract));          /* never without what the firmware obeys */
        assert(was_active[contract]);     /* and it did so since it was asked */
        assert(number == 0 || was_steady[contract]);
        steady = (number == 1); boot = request;
        if
        :: contract == works -> say(CONFIRM, session, contract); confirming = true
        :: else -> works = contract; computer_session = 0 /* change over, and greet anew */
        fi
      :: else
      fi }
  :: atomic { to_computer?AGREED(session, contract, number, request) ->
      if
      :: confirming && session == boot -> /* not sealed: it may be an old one */
        confirming = false; runs = true;
#ifdef NEVER_DONE
        assert(!(steady && works == LAST)); /* must be found out, too: activation succeeds */
#endif
        if
        :: steady && kept[0] == works && kept[1] != wanted -> kept[1] = 0
        :: steady && kept[1] == works && kept[0] != wanted -> kept[0] = 0
        :: else
        fi
      :: else
      fi }
  :: atomic { to_computer?NOT_AGREED(session, contract, number, request) ->
      if
      :: confirming && request == 0 -> greet_anew()
      :: runs && request != 0 && request == requests && taken != requests -> greet_anew()
      :: else
      fi }
  :: atomic { runs && MAY_ASK && wanted != works && !KEEPS(wanted) ->
      free = (kept[0] == works -> 1 : 0); kept[free] = 0 };
    atomic {
      if
      :: kept[free] = wanted /* written, synced and renamed */
      :: restarts < RESTARTS -> restart_computer()
      fi }
  :: atomic { runs && MAY_ASK && wanted > works && nfull(to_firmware) ->
#ifndef NO_PREPARE
      if :: KEEPS(wanted) -> say(STAGE, computer_session, wanted) :: else fi
#else
      say(STAGE, computer_session, wanted)
#endif
    }
  :: atomic { to_computer?STAGED(session, contract, number, request) ->
      if
      :: session == computer_session && runs ->
#ifdef NO_PREPARE
        say(ACTIVATE, session, contract);
#else
        if :: KEEPS(contract) -> say(ACTIVATE, session, contract) :: else fi;
#endif
#ifndef CHANGE_AFTER
        steady = false; /* what is kept stays, until a statement says what came of it */
#endif
#ifdef DROP_EARLY
        if :: kept[0] == works -> kept[0] = 0 :: kept[1] == works -> kept[1] = 0 :: else fi;
#endif
        skip
      :: else
      fi }
  :: atomic { runs && nfull(to_firmware) && requests < FETCHES ->
      requests++; say(FETCH, boot, requests) }
  :: atomic { to_computer?BATCH(session, contract, number, request) ->
      if
      :: session == boot && runs && MAY_TAKE ->
        if
#ifdef NO_TAG
        :: true ->
#else
        :: contract == works ->
#endif
          assert(contract == works);  /* no batch under two contracts */
          assert(number > processed); /* and none twice */
          processed = number; taken = requests;
          if :: !steady -> say(KEEP, computer_session, works); greet_anew() :: else fi
#ifndef NO_TAG
        :: else -> greet_anew()       /* another one is obeyed by now */
#endif
        fi
      :: else
      fi }
  :: atomic { wanted < LAST -> wanted++ } /* people change their minds */
  :: atomic { (runs || confirming) && greetings < GREETINGS -> greet_anew() } /* no answer */
  :: atomic { restarts < RESTARTS -> restart_computer() }
  od
}

/* ---- The line */

proctype Line() {
  byte session, contract, number, request; mtype type;
end:
  do
  :: atomic { losses < LOSSES && nempty(to_firmware) -> to_firmware?type, session, contract; losses++ }
  :: atomic { losses < LOSSES && nempty(to_computer) -> to_computer?type, session, contract, number, request; losses++ }
  :: atomic { nempty(to_computer) && old_session == 0 ->
      to_computer?<old_type, old_session, old_contract, old_number, old_request> }
  :: atomic { old_session != 0 && replays < REPLAYS && nfull(to_computer) ->
      replays++; to_computer!old_type, old_session, old_contract, old_number, old_request }
  od
}

init {
  atomic {
    slot[1] = 1; kept[0] = 1;
    run Firmware(); run Computer(); run Line()
  }
}
