// Ways to use power without a lease that lasts, each of which the compiler must refuse
// (agent/refused_by_compiler.py). Case 0 is the right way.
#include <optional>

#include "agent/collector.h"
#include "power/lease.h"

namespace torpor::agent {

using power::Consumer;
using power::Lease;
using power::LeaseBook;

[[maybe_unused]] static void Right(LeaseBook& book, Instant now, Instant deadline,
                                   Collector& collector) {
  const Lease lease = book.Take(Consumer::kLink, now, deadline, [] {});
  (void)collector.Collect(lease, deadline);
  for (const power::Revoked& revoked : book.RevokeAll(now)) (void)revoked.held;
}

[[maybe_unused]] static void Wrong(LeaseBook& book, Instant now, Instant deadline,
                                   Collector& collector) {
#if CASE == 1  // because: nodiscard
  // Over before anything was used: the lease ends at the semicolon.
  book.Take(Consumer::kAccelerator, now, deadline, [] {});
#endif
#if CASE == 2  // because: (deleted|constraints|no matching)
  // Nobody could take it back.
  const Lease lease = book.Take(Consumer::kAccelerator, now, deadline, nullptr);
#endif
#if CASE == 3  // because: deleted
  // Two holders of one consumption.
  const Lease lease = book.Take(Consumer::kAccelerator, now, deadline, [] {});
  const Lease second = lease;
#endif
#if CASE == 4  // because: (private|matching)
  // Made up, in no book: nobody would revoke it.
  const Lease lease{book, 1};
#endif
#if CASE == 5  // because: (convert|no matching|viable|few arguments)
  // The link without a lease.
  (void)collector.Collect(deadline);
#endif
#if CASE == 6  // because: nodiscard
  // Leases were revoked, and their holders go unnamed.
  book.RevokeAll(now);
#endif
  (void)book, (void)now, (void)deadline, (void)collector;
}

}  // namespace torpor::agent
