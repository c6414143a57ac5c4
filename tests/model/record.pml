/* The commit record on flash: pages that are written one after the other, power that may
 * go at any moment, and words that read differently at each boot when it went in the
 * middle of writing them. firmware/core/record.cc, with flash made abstract.
 *
 * Proved: whatever was acted on once is never gone back from, no record is ever lost, and
 * once power stays, the newest one wins.
 *
 * PAGES and CUTS are set from outside, and LAST: contents are contracts, 1 is obeyed at
 * first, and at each moment any newer one up to LAST may be stored next. Only with two to
 * choose from can one number be given to two contents.
 *
 * Mutations, each of which must be found out:
 *   NEWEST_WINS   the newest record that reads well is acted on, and one copy written
 *   SAME_NUMBER   what one page holds is stored again under its own number
 *   HOLDER_FIRST  the page that holds the newest record is the first to be overwritten
 *   NO_ERASURE    a page that reads as nothing is left as it is
 */
#ifndef PAGES
#define PAGES 4
#endif
#ifndef CUTS
#define CUTS 3
#endif
#ifndef LAST
#define LAST 3
#endif

/* A page: what was last written there, and whether it reads the same at every boot. Empty
 * pages have number 0. The content is the contract that is obeyed. */
byte number[PAGES];
byte content[PAGES];
bool sure[PAGES];

byte cuts = 0;
byte acted = 0; /* the newest content that anybody acted on */
bool cut;       /* power went: start anew */

/* Power may go before an operation, within it, or behind it, or not at all. */
inline erase(page) {
  if
  :: number[page] = 0; content[page] = 0; sure[page] = true
  :: cuts < CUTS -> cuts++; cut = true
  :: cuts < CUTS -> cuts++; cut = true; sure[page] = false
  :: cuts < CUTS -> cuts++; cut = true; number[page] = 0; content[page] = 0; sure[page] = true
  fi
}
inline program(page, n, c) {
  if
  :: number[page] = n; content[page] = c; sure[page] = true
  :: cuts < CUTS -> cuts++; cut = true
  :: cuts < CUTS -> cuts++; cut = true; number[page] = n; content[page] = c; sure[page] = false
  :: cuts < CUTS -> cuts++; cut = true; number[page] = n; content[page] = c; sure[page] = true
  fi
}
inline write(page, n, c) {
  if :: !cut -> erase(page) :: else fi;
  if :: !cut -> program(page, n, c) :: else fi
}

inline any_newer_than(c) { /* whatever people ask for */
  next = c + 1;
  do
  :: next < LAST -> next++
  :: break
  od
}

inline act(c) {
  assert(c >= acted); /* never back to an older contract */
  acted = c
}

/* The page to write first and the one to write second: those that read nothing, then by
 * age. The newest is never among them while there are three others or an older one. */
inline choose() {
  first = 0; page = 1;
  do
  :: page < PAGES -> if :: seen[page] < seen[first] -> first = page :: else fi; page++
  :: else -> break
  od;
  second = (first == 0 -> 1 : 0);
  page = 0;
  do
  :: page < PAGES ->
    if :: page != first && seen[page] < seen[second] -> second = page :: else fi;
    page++
  :: else -> break
  od
}

active proctype Firmware() {
  byte seen[PAGES]; /* the number that this boot reads; 0: nothing that reads well */
  byte best, best_content, holders, first, second, page, next;

  atomic {
    page = 0;
    do
    :: page < PAGES -> sure[page] = true; page++
    :: else -> break
    od;
    number[0] = 1; content[0] = 1;
    number[1] = 1; content[1] = 1
  }

boot:
  cut = false; best = 0; best_content = 0; holders = 0; page = 0;
  do
  :: page < PAGES ->
    if
    :: seen[page] = number[page]
    :: !sure[page] -> seen[page] = 0
    fi;
    if
    :: seen[page] > best -> best = seen[page]; best_content = content[page]; holders = 1
    :: else -> if :: seen[page] == best && best > 0 -> holders++ :: else fi
    fi;
    page++
  :: else -> break
  od;
  assert(best > 0); /* the record is lost */

#ifndef NO_ERASURE
  page = 0;
  do /* what may read as something at the next boot, under a number that nobody sees now */
  :: page < PAGES && !cut ->
    if
    :: seen[page] == 0 && (number[page] != 0 || !sure[page]) -> erase(page)
    :: else
    fi;
    page++
  :: else -> break
  od;
  if :: cut -> goto boot :: else fi;
#endif
#ifdef NEWEST_WINS
  act(best_content);
  if
  :: best_content < LAST -> choose(); any_newer_than(best_content); write(first, best + 1, next)
  :: else
  fi;
#else
  choose();
#ifdef HOLDER_FIRST
  page = 0;
  do
  :: seen[page] == best -> break
  :: else -> page++
  od;
  if :: second == page -> second = first :: else fi;
  first = page;
#endif
  if
  :: holders < 2 ->
#ifdef SAME_NUMBER
    write(first, best, best_content);
    write(second, best, best_content);
#else
    write(first, best + 1, best_content);
    write(second, best + 1, best_content);
    best++;
#endif
    if :: cut -> goto boot :: else fi;
    page = 0;
    do /* as the firmware's memory has it now */
    :: page < PAGES -> if :: page == first || page == second -> seen[page] = best :: else fi; page++
    :: else -> break
    od;
    choose()
  :: else
  fi;
  act(best_content);
  if
  :: best_content < LAST ->
    any_newer_than(best_content);
    write(first, best + 1, next);
    write(second, best + 1, next)
  :: else
  fi;
#endif
  if :: cut -> goto boot :: else fi;
  if :: best_content < LAST -> act(next) :: else fi;
  if
  :: acted < LAST -> goto boot /* a boot that nothing had cut */
  :: cuts < CUTS -> cuts++; goto boot /* up and running, and power goes once more */
  :: true
  fi
}
