// Whatever draws power while the robot is awake is held by a lease: it has a holder, a
// deadline and a way to be taken back. At the cycle's deadline every open lease is
// revoked and its holder named, so that no lease can postpone sleep (docs/leases.md).
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace torpor::power {

enum class Consumer : std::uint8_t {
  kLink,
  kAccelerator,
  kNetwork,
  kWakeLock,
  kCpuBoost
};
inline constexpr std::size_t kConsumers = 5;

std::string_view Name(Consumer consumer);

class LeaseBook;

// Open for as long as it lives; giving it back twice is harmless. Move only.
class [[nodiscard]] Lease {
 public:
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { GiveBack(); }

  void GiveBack();
  // False once given back or revoked: what it covered must not be used any more.
  [[nodiscard]] bool open() const;

 private:
  friend class LeaseBook;
  Lease(LeaseBook& book, std::uint64_t id) : book_(&book), id_(id) {}

  LeaseBook* book_;
  std::uint64_t id_;
};

// Is told of every lease of a book, in the order in which things happen. It changes
// nothing: it is asked for nothing, and takes and gives back no lease itself.
class LeaseListener {
 public:
  LeaseListener() = default;
  LeaseListener(const LeaseListener&) = delete;
  LeaseListener& operator=(const LeaseListener&) = delete;
  virtual ~LeaseListener() = default;

  enum class End : std::uint8_t { kGivenBack, kRevoked };

  // `id` is of one lease of the book, and never used twice.
  virtual void Taken(std::uint64_t id, Consumer consumer, Instant now) = 0;
  // What it covered has ended: revoking is done.
  virtual void Ended(std::uint64_t id, End how) = 0;
};

struct Revoked {
  Consumer consumer{};
  Microseconds held{};  // since it was taken
};

// All open leases of one process. Not thread-safe: torpord has one thread. Must outlive
// its leases.
class LeaseBook {
 public:
  // Takes a lease until `deadline`. `revoke` ends the consumption for certain (kill the
  // child, close the descriptor); it is called at most once, and not when the lease is
  // given back. A lease that cannot be taken back (nullptr) does not compile.
  template <std::invocable Revoke>
  [[nodiscard]] Lease Take(Consumer consumer, Instant now, Instant deadline,
                           Revoke revoke) {
    return Add({0, consumer, now, deadline, std::move(revoke)});
  }

  // Revokes every open lease, due or not: called at the cycle's deadline and before any
  // sleep.
  [[nodiscard]] std::vector<Revoked> RevokeAll(Instant now);
  // Revokes those whose own deadline has come.
  [[nodiscard]] std::vector<Revoked> RevokeDue(Instant now);

  // Who is told of leases from now on, one at most; it outlives the book or ends its
  // listening with nullptr.
  void Tell(LeaseListener* listener) { listener_ = listener; }

  [[nodiscard]] std::size_t open() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t revoked(Consumer consumer) const {
    return revoked_[static_cast<std::size_t>(consumer)];
  }

 private:
  friend class Lease;
  struct Entry {
    std::uint64_t id;
    Consumer consumer;
    Instant taken, deadline;
    std::function<void()> revoke;
  };

  Lease Add(Entry entry);
  template <class Wanted>
  std::vector<Revoked> Revoke(Instant now, Wanted wanted);

  std::vector<Entry> entries_;
  LeaseListener* listener_ = nullptr;
  std::uint64_t next_id_ = 1;
  std::array<std::uint64_t, kConsumers> revoked_{};
};

}  // namespace torpor::power
