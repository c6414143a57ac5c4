/* That a take-over comes to an end: firmware and computer with the timers they have, one
 * period after the other without end, while the line loses some packets, somebody forges some
 * and both sides restart. activation.pml says what never happens; this says what happens
 * at last. Two contracts are enough: 1 is obeyed, 2 is asked for.
 *
 * No nonce and no number of a question ever comes again, so all there is to know of one is
 * whether it is the newest: a bit, and greetings without end. Of the packets only those that
 * carry no seal are forged; an old sealed one is ignored, or answered as a forged one is. What is
 * offered travels in one piece, and what somebody else puts among its bytes is another.
 *
 * Time is this. Between two wakings of the computer one period begins at the firmware, at any
 * moment (ALIGNED: while the computer sleeps, but for so many). Who waits for an answer gives
 * up once nothing is on the line that could become one. Each question is asked once a cycle;
 * the code repeats it, which helps.
 *
 * Proved of every run, fair or not: neither side has two periods while the other has none, and
 * nothing but periods goes on for ever. From some moment on, for good,
 *   both obey one contract, agreed, steady, and nothing is under way: 2, or 1 if 2 was gone
 *     back from;
 *   and it is 2 (FOR_GOOD: a trial that is long enough for what goes wrong);
 *   and it is 1 (BAD=1, 2 or 3).
 * What was gone back from is never obeyed again (assert in advance).
 *
 * BAD=1: nothing can be sampled under 2. BAD=2: its sensor cannot be prepared. BAD=3: the
 * computer took it, and cannot work under it. BAD=4: it cannot from some moment on, if that
 * comes, and finds out when it starts or changes over. It then stays under 1; it ends, until
 * people start it again, only if 2 was kept before.
 *
 * LAPSES: the lease of 1 may be over when a period begins or the firmware starts. Then it only
 * states what it obeys and takes another contract, and a computer that has none for it ends.
 *
 * Mutations, each of which must be found out:
 *   REPEATS          an offer that nobody answered is repeated without a greeting
 *   STARTS_NEWEST    the computer starts under the newest that it keeps, or ends
 *   ENDS_ON_TRIAL    it ends when 2 is on trial and it cannot work under it
 *   NO_DIGEST        a piece of somebody else's is taken for a bad contract
 *   STAYS_SPOILT     it stays among what has arrived
 *   LAPSED_DEAF      a firmware whose lease is over takes no offer
 *   LAPSED_WAITS     it takes over when its next period begins, though it has none
 *   ENDS_SPOILT      a computer whose offer to it was spoilt ends
 *   NEVER_GREETS     the computer does not greet after ACTIVATE, as if it must have arrived
 *   KEEP_ONCE        KEEP is sent once only
 *   NO_TIMER         who waits for an answer waits for ever
 *   SLOT_STAYS       what is staged is in the way, also of itself
 *   NO_CHANGE_OVER   the computer does not take up the other contract that it holds
 *   QUIET            a FETCH without agreement is not answered
 *   BOOTS_ALIKE      a firmware that has restarted has nothing new, instead of no agreement
 *   FORGETS          nobody remembers what was gone back from
 *   TRIAL_ENDLESS    a trial is not counted
 *   TRIAL_UNHEARD    a trial is not counted before somebody has agreed
 */
#ifndef TRIAL
#define TRIAL 6
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#ifndef FORGED
#define FORGED 0
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif
#ifndef WISHES
#define WISHES 1
#endif
#ifndef BAD
#define BAD 0
#endif
#ifndef LAPSES
#define LAPSES 0
#endif
#ifdef ALIGNED
#define MAY_BEGIN (awaits == SLEEP || awaits == OFF || shifts < ALIGNED)
#else
#define MAY_BEGIN true
#endif
#ifdef TRIAL_UNHEARD
#define COUNTED rhythm
#else
#define COUNTED true
#endif
#define RESTS (over && obeyed == 1)
#ifdef LAPSED_DEAF
#define TAKES linked
#else
#define TAKES (linked || RESTS)
#endif

mtype = {NONE, HELLO, CONFIRM, FETCH, OFFER, PIECE, FOREIGN, ACTIVATE, KEEP};      /* up */
mtype = {STATEMENT, AGREED, NOT_AGREED, BATCH, NOTHING_NEW};                       /* down */
mtype = {WANT, STAGED, BUSY, REFUSED, CORRUPT};                                    /* too */
mtype = {STEADY, ACTIVATING, ON_TRIAL};
mtype = {SLEEP, LINE, ANSWER, OFF}; /* what the computer waits for; ANSWER: to what it asked */

/* Flash of the firmware. */
byte obeyed = 1;
bool staged, reverted; /* of 2 */
bool over;             /* the lease of 1 */
mtype phase = STEADY;
byte trial_left;

/* Its memory. */
bool heard;   /* a greeting since boot */
bool rhythm;  /* somebody has agreed since boot: it samples */
bool linked;  /* to what is obeyed now */
bool opened;  /* a window, not yet complete */
bool batch;   /* complete, of what is obeyed */
bool offered, offered_newest; /* somebody's pieces are awaited, for the computer's newest agreement */
bool spoilt;                  /* somebody else's is among them */

/* Disk of the computer: 1 is there always. */
bool kept, wish = true; /* 2 is there; somebody asks for it */
byte wishes = 1;

/* Its memory. */
byte works = 1;
mtype awaits = SLEEP, asked = NONE;
bool agreed, first, judged, ordered, greets, lapsed;
bool unfit = (BAD == 3); /* it cannot work under 2 */
bool boot_known, nonce_known; /* it has the firmware's newest boot count, and nonce */
mtype stated = STEADY;        /* phase, when agreed; and what was gone back from */
bool stated_back;
bool due;                     /* a period has begun since it woke */

/* The line, one packet each way. Answers to the computer's newest question and orders
 * under the firmware's newest nonce are marked so. */
mtype up = NONE; bool up_newest, up_nonce, up_boot;
mtype down = NONE; bool down_newest, down_boot, down_nonce;
byte down_contract; mtype down_phase = STEADY; bool down_back, down_over; /* a statement's */

byte losses, forged, restarts, shifts;
bool went_back; /* only for the proof */
#ifdef KEEP_ONCE
bool kept_said;
#endif

inline clear_up() { up = NONE; up_newest = false; up_nonce = false; up_boot = false }
inline clear_down() {
  down = NONE; down_newest = false; down_boot = false; down_nonce = false;
  down_contract = 0; down_phase = STEADY; down_back = false; down_over = false
}

/* ---- Firmware */

inline no_nonce() { nonce_known = false; up_nonce = false; down_nonce = false }
inline forget_offer() { offered = false; offered_newest = false; spoilt = false }
inline change() { linked = false; batch = false; opened = false; forget_offer(); no_nonce() }

inline go_back() {
#ifndef FORGETS
  reverted = true;
#endif
  went_back = true;
  obeyed = 1; phase = STEADY; trial_left = 0;
  change()
}
inline advance() {
  if
  :: phase == ACTIVATING ->
    assert(!went_back); /* never again */
    obeyed = 2; staged = false; phase = ON_TRIAL; trial_left = TRIAL;
    change();
    if :: BAD == 2 -> go_back() :: else fi
#ifndef TRIAL_ENDLESS
  :: phase == ON_TRIAL && COUNTED && trial_left > 1 -> trial_left--
  :: phase == ON_TRIAL && COUNTED && trial_left <= 1 -> go_back()
#endif
  :: else
  fi
}
inline count_lease() { /* of 1; that of 2 is not over so soon */
  if :: LAPSES && obeyed == 1 && !over -> over = true :: true fi;
  if :: RESTS -> linked = false; rhythm = false; opened = false; batch = false :: else fi
}
inline begin_period() { /* or time passes, for a firmware that nobody has agreed with */
  advance(); count_lease();
  if :: rhythm -> opened = true :: else fi;
  due = true
}
inline answer(what) {
  down = what; down_newest = up_newest; down_boot = true; down_nonce = true
}
inline answer_offer(what) { answer(what); down_newest = offered_newest }
inline answer_spoilt() { /* the digest is not that of the offer: begin again */
#ifndef STAYS_SPOILT
  spoilt = false;
#endif
#ifdef NO_DIGEST
  answer_offer(REFUSED)
#else
  answer_offer(CORRUPT)
#endif
}

proctype Firmware() {
  do
  :: atomic { up != NONE ->
      if
      :: up == HELLO ->
        heard = true;
        no_nonce();
        answer(STATEMENT);
        down_contract = obeyed; down_phase = phase; down_back = reverted;
        down_over = RESTS
      :: up == CONFIRM && up_nonce && !RESTS ->
        linked = true;
        answer(AGREED);
        if :: !rhythm -> rhythm = true; begin_period() :: else fi
      :: up == CONFIRM && !up_nonce && !RESTS && heard -> answer(NOT_AGREED)
      :: up == FETCH && up_boot && linked ->
        if :: batch && !(BAD == 1 && obeyed == 2) -> answer(BATCH) :: else -> answer(NOTHING_NEW) fi
#ifndef QUIET
      :: up == FETCH && !(up_boot && linked) ->
#ifdef BOOTS_ALIKE
        if :: !up_boot -> answer(NOTHING_NEW) :: else -> answer(NOT_AGREED) fi
#else
        answer(NOT_AGREED)
#endif
#endif
      :: up == OFFER && TAKES && up_nonce ->
        offered = true; offered_newest = up_newest;
        if
#ifdef SLOT_STAYS
        :: staged -> answer(BUSY)
#else
        :: staged -> answer(STAGED)
#endif
        :: !staged -> answer(WANT)
        fi
      :: up == FOREIGN && TAKES && offered ->
        if
        :: spoilt = true; answer(WANT); down_newest = true /* there is more to come */
        :: answer_spoilt()
        fi
      :: up == PIECE && TAKES && offered && spoilt -> answer_spoilt()
      :: up == PIECE && TAKES && offered && !spoilt ->
        if
        :: phase != STEADY -> answer_offer(BUSY)
        :: phase == STEADY && (reverted || obeyed == 2) -> answer_offer(REFUSED)
        :: phase == STEADY && !reverted && obeyed == 1 -> staged = true; answer_offer(STAGED)
        fi;
        forget_offer()
      :: up == ACTIVATE && TAKES && up_nonce && phase == STEADY && staged ->
        phase = ACTIVATING;
#ifndef LAPSED_WAITS
        if :: RESTS -> advance(); count_lease() :: else fi
#endif
      :: up == KEEP && linked && up_nonce && phase == ON_TRIAL -> phase = STEADY; trial_left = 0
      :: else
      fi;
      clear_up() }
  :: atomic { !due && MAY_BEGIN ->
#ifdef ALIGNED
      if :: awaits != SLEEP && awaits != OFF -> shifts++ :: else fi;
#endif
      if :: RESTS -> due = true :: else -> begin_period() fi } /* it has no periods any more */
  od
}

inline restart_firmware() {
  restarts++;
  heard = false; rhythm = false; boot_known = false; up_boot = false; down_boot = false;
  change(); advance(); count_lease()
}

/* ---- Computer */

inline ask(what) {
  asked = what; awaits = ANSWER; down_newest = false;
  up = what; up_newest = true; up_nonce = nonce_known; up_boot = boot_known
}
inline sleep() { awaits = SLEEP; asked = NONE; first = first && !agreed; lapsed = false }
inline give_up() { awaits = OFF; asked = NONE; agreed = false; lapsed = false }
inline sleep_or_end() { if :: lapsed -> give_up() :: else -> sleep() fi }
inline other_nonces() { agreed = false; greets = false; lapsed = false; offered_newest = false }
inline greet() { other_nonces(); ask(HELLO) }

/* Work under a contract begins. */
inline begin_work(contract) {
  works = contract;
  judged = false; ordered = false; first = true;
  other_nonces();
  boot_known = false; nonce_known = false; stated = STEADY; stated_back = false;
  asked = NONE; awaits = LINE
}
inline start() {
#ifdef STARTS_NEWEST
  begin_work((kept -> 2 : 1));
  if :: works == 2 && unfit -> give_up() :: else fi
#else
  begin_work((kept && !unfit -> 2 : 1))
#endif
}
inline change_over(contract) {
  if
  :: contract == 1 -> begin_work(1)
  :: contract == 2 && !unfit -> assert(kept); begin_work(2)
#if defined(STARTS_NEWEST) || defined(ENDS_ON_TRIAL)
  :: contract == 2 && unfit -> give_up()
#else
  :: contract == 2 && unfit && down_phase != STEADY -> greets = true; sleep() /* it will go back */
  :: contract == 2 && unfit && down_phase == STEADY -> assert(BAD == 4); give_up()
#endif
  fi
}
inline heed_statement() {
  ordered = false;
  if
  :: stated == STEADY && works == 1 && stated_back -> kept = false
  :: stated == STEADY && works == 1 && unfit -> kept = false
  :: stated == STEADY && works == 1 && unfit -> skip /* it has not found out */
  :: else
  fi
}
inline offer_or_sleep() {
  if
  :: stated == STEADY && !ordered ->
    if
    :: wish -> wish = false; if :: works == 1 && !(BAD == 4 && unfit) -> kept = true :: else fi
    :: else
    fi;
    if :: kept && works == 1 -> ask(OFFER) :: else -> sleep_or_end() fi
  :: else -> sleep_or_end()
  fi
}

#define OFFERS (asked == OFFER || asked == PIECE)

proctype Computer() {
  mtype what; bool newest, same_boot;
  do
  :: atomic { awaits == SLEEP && due && up == NONE ->
      due = false;
      if :: opened -> opened = false; batch = true :: else fi; /* by now it is complete */
      awaits = LINE;
#ifdef KEEP_ONCE
      if :: agreed && stated == ON_TRIAL && judged && !kept_said -> kept_said = true;
#else
      if :: agreed && stated == ON_TRIAL && judged ->
#endif
        up = KEEP; up_nonce = nonce_known; greets = true
      :: else
      fi }
#ifdef STARTS_NEWEST
  :: atomic { awaits == OFF && due -> due = false; start() } /* and ends, and is started again */
#else
  :: atomic { awaits == OFF && due -> due = false }
#endif
  :: atomic { awaits == LINE && up == NONE -> /* what was said is gone: ask */
      if :: agreed && !greets -> ask(FETCH) :: else -> greet() fi }
  :: atomic { awaits == ANSWER && down != NONE && up == NONE ->
      what = down; newest = down_newest; same_boot = down_boot;
      if
      :: what == STATEMENT && asked == HELLO && newest ->
        boot_known = same_boot; nonce_known = down_nonce;
        if
        :: down_contract == works ->
          stated = down_phase; stated_back = down_back;
          if
          :: down_over -> lapsed = true; heed_statement(); offer_or_sleep()
          :: else -> ask(CONFIRM)
          fi
#ifdef NO_CHANGE_OVER
        :: else -> greets = true; sleep()
#else
        :: else -> change_over(down_contract)
#endif
        fi
      :: what == AGREED && asked == CONFIRM && same_boot == boot_known -> /* no seal */
        agreed = true; heed_statement(); ask(FETCH)
      :: what == NOT_AGREED && (asked == CONFIRM || asked == FETCH && newest) -> greet()
      :: what == BATCH && asked == FETCH && newest ->
        batch = false; judged = true;
        offer_or_sleep()
      :: what == NOTHING_NEW && asked == FETCH && newest ->
        if :: first && opened -> due = true :: else fi; /* wakes again once it is complete */
        offer_or_sleep()
      :: what == WANT && asked == OFFER && newest -> ask(PIECE)
      :: what == WANT && asked == OFFER && !newest -> asked = PIECE /* what is sent is not wanted */
      :: what == STAGED && OFFERS && newest ->
        up = ACTIVATE; up_nonce = nonce_known; ordered = true;
#ifndef NEVER_GREETS
        greets = true;
#endif
        sleep()
      :: what == REFUSED && OFFERS && newest -> kept = false; sleep_or_end()
      :: what == BUSY && OFFERS && newest -> sleep()
#ifdef ENDS_SPOILT
      :: what == CORRUPT && OFFERS && newest -> sleep_or_end()
#else
      :: what == CORRUPT && OFFERS && newest -> sleep()
#endif
      :: else
      fi;
      what = NONE; newest = false; same_boot = false;
      clear_down() }
#ifndef NO_TIMER
  :: atomic { awaits == ANSWER && down == NONE && up == NONE -> /* no answer will come */
#ifndef REPEATS
      if :: OFFERS -> greets = true :: else fi;
#endif
      sleep() }
#endif
  od
}

inline restart_computer() {
  restarts++;
  down_newest = false; up_newest = false;
  start()
}

/* ---- What goes wrong, so many times */

proctype World() {
end:
  do
  :: atomic { losses < LOSSES && up != NONE -> losses++; clear_up() }
  :: atomic { losses < LOSSES && down != NONE -> losses++; clear_down() }
  :: atomic { forged < FORGED && up == NONE -> forged++; up = HELLO }
  :: atomic { forged < FORGED && down == NONE -> forged++; down = AGREED; down_boot = boot_known }
  :: atomic { forged < FORGED && down == NONE -> forged++; down = NOT_AGREED }
  :: atomic { forged < FORGED && up == NONE && offered -> forged++; up = FOREIGN }
  :: atomic { forged < FORGED && down == NONE && asked == OFFER -> forged++; down = WANT }
  :: atomic { restarts < RESTARTS -> restart_firmware() }
  :: atomic { restarts < RESTARTS -> restart_computer() }
  :: atomic { wishes < WISHES -> wishes++; wish = true; if :: awaits == OFF -> start() :: else fi }
  :: atomic { BAD == 4 && !unfit -> unfit = true }
  od
}

init { atomic { run Firmware(); run Computer(); run World() } }

#define SETTLED (agreed && linked && works == obeyed && phase == STEADY && !wish)
#define BACK (!kept && (SETTLED || RESTS && awaits == OFF))
#ifdef FOR_GOOD
ltl kept_for_good { <>[] (SETTLED && obeyed == 2) }
#elif BAD == 4
ltl fit_or_not { <>[] (SETTLED && obeyed == 2 || BACK || obeyed == 2 && phase == STEADY && awaits == OFF) }
#elif BAD > 0
ltl back_for_good { <>[] (BACK && obeyed == 1 && (reverted || BAD == 3)) }
#else
ltl ends { <>[] (SETTLED && obeyed == 2 || BACK && reverted) }
#endif
