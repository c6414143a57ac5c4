#include "power/lease.h"

#include <algorithm>
#include <utility>

namespace torpor::power {

std::string_view Name(Consumer consumer) {
  switch (consumer) {
    case Consumer::kLink:
      return "link";
    case Consumer::kAccelerator:
      return "accelerator";
    case Consumer::kNetwork:
      return "network";
    case Consumer::kWakeLock:
      return "wake lock";
    case Consumer::kCpuBoost:
      return "cpu boost";
  }
  return "unknown";
}

Lease::Lease(Lease&& other) noexcept
    : book_(std::exchange(other.book_, nullptr)), id_(other.id_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    GiveBack();
    book_ = std::exchange(other.book_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

bool Lease::open() const {
  return book_ != nullptr &&
         std::ranges::find(book_->entries_, id_, &LeaseBook::Entry::id) !=
             book_->entries_.end();
}

void Lease::GiveBack() {
  if (book_ == nullptr) return;
  LeaseBook* const book = std::exchange(book_, nullptr);
  const std::size_t open = std::erase_if(
      book->entries_, [this](const auto& entry) { return entry.id == id_; });
  if (open > 0 && book->listener_ != nullptr) {
    book->listener_->Ended(id_, LeaseListener::End::kGivenBack);
  }
}

Lease LeaseBook::Add(Entry entry) {
  entry.id = next_id_;
  if (listener_ != nullptr) listener_->Taken(entry.id, entry.consumer, entry.taken);
  entries_.push_back(std::move(entry));
  return {*this, next_id_++};
}

template <class Wanted>
std::vector<Revoked> LeaseBook::Revoke(Instant now, Wanted wanted) {
  std::vector<Entry> taken_back;
  for (Entry& entry : entries_) {
    if (wanted(entry)) taken_back.push_back(std::move(entry));
  }
  std::erase_if(entries_, [&](const Entry& entry) {
    return std::ranges::find(taken_back, entry.id, &Entry::id) != taken_back.end();
  });
  std::vector<Revoked> names;
  for (const Entry& entry : taken_back) {
    entry.revoke();
    if (listener_ != nullptr) listener_->Ended(entry.id, LeaseListener::End::kRevoked);
    ++revoked_[static_cast<std::size_t>(entry.consumer)];
    names.push_back({entry.consumer, now - entry.taken});
  }
  return names;
}

std::vector<Revoked> LeaseBook::RevokeAll(Instant now) {
  return Revoke(now, [](const Entry&) { return true; });
}

std::vector<Revoked> LeaseBook::RevokeDue(Instant now) {
  return Revoke(now, [now](const Entry& entry) { return entry.deadline <= now; });
}

}  // namespace torpor::power
