// Flash for proofs. What a power cut left in a sector may read as several things, at
// every boot anew; here a test chooses which, so that Explore() can try every life that
// there is. Include it once per test program: it defines the flash of
// firmware/core/port.h.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "firmware/core/port.h"

namespace torpor::firmware {

// The sector's first bytes; what is not in it is erased. Empty: nothing that reads well.
using Image = std::string;
// What it may read as; one image: it is sure.
using Readings = std::vector<Image>;

enum class Place : std::uint8_t { kErasure, kFirst, kAmidst, kLast };  // in a programming
enum class Power : std::uint8_t { kStays, kGoesBefore, kGoesWithin };

struct TornFlash {
  static constexpr std::uint32_t kSectorBytes = 4096;
  static constexpr std::size_t kGranule = 8;

  std::vector<Readings> sectors;
  // A checksum tells what was written whole from all else; the firmware sees no other
  // difference, so all else is one reading.
  std::function<bool(std::size_t sector, const Image&)> reads_well;

  bool powered = true;
  Power fate = Power::kStays;  // of operation number `cut_at`
  std::size_t cut_at = 0;
  std::vector<Place> operations;  // erasures and granules of this boot
  bool misused = false;  // a granule was programmed that this boot had not erased

  // How many ways there are for everything unsure to read.
  [[nodiscard]] std::size_t ways() const {
    std::size_t product = 1;
    for (const Readings& sector : sectors) product *= sector.size();
    return product;
  }

  void PowerOn(std::size_t way, Power then = Power::kStays, std::size_t at = SIZE_MAX) {
    now_.clear();
    for (const Readings& sector : sectors) {
      now_.push_back(sector[way % sector.size()]);
      way /= sector.size();
    }
    written_.assign(sectors.size(), false);
    operations.clear();
    powered = true;
    fate = then;
    cut_at = at;
  }

  void PowerOff() {
    powered = false;
    for (std::size_t i = 0; i < sectors.size(); ++i) {
      if (written_[i]) sectors[i] = {now_[i]};
      for (Image& image : sectors[i]) {
        if (!reads_well(i, image)) image.clear();
      }
      std::ranges::sort(sectors[i]);
      sectors[i].erase(std::unique(sectors[i].begin(), sectors[i].end()),
                       sectors[i].end());
    }
  }

  bool Read(std::size_t address, std::span<std::byte> out) const {
    const std::size_t sector = address / kSectorBytes, from = address % kSectorBytes;
    if (!powered || from + out.size() > kSectorBytes) return false;
    const Image& image = now_.at(sector);
    std::ranges::fill(out, std::byte{0xFF});
    if (image.size() > from) {
      std::memcpy(out.data(), image.data() + from,
                  std::min(out.size(), image.size() - from));
    }
    return true;
  }

  bool Erase(std::size_t sector) {
    if (!powered) return false;
    switch (Next(Place::kErasure)) {
      case Power::kGoesBefore:
        PowerOff();
        return false;
      case Power::kGoesWithin:  // each word as it was, or erased, or neither
        if (written_[sector]) sectors[sector] = {now_[sector]};
        written_[sector] = false;
        sectors[sector].emplace_back();
        PowerOff();
        return false;
      case Power::kStays:
        break;
    }
    written_[sector] = true;
    now_[sector].clear();
    return true;
  }

  bool Program(std::size_t address, std::span<const std::byte> bytes) {
    const std::size_t sector = address / kSectorBytes;
    if (bytes.size() % kGranule != 0 || address % kGranule != 0) return false;
    for (std::size_t at = 0; at < bytes.size(); at += kGranule) {
      if (!powered) return false;
      const std::size_t from = address % kSectorBytes + at;
      Image& image = now_.at(sector);
      if (image.size() < from + kGranule) image.resize(from + kGranule, '\xFF');
      char* const word = image.data() + from;
      misused = misused || !written_[sector] ||
                std::any_of(word, word + kGranule, [](char c) { return c != '\xFF'; });
      switch (Next(at == 0                        ? Place::kFirst
                   : at + kGranule < bytes.size() ? Place::kAmidst
                                                  : Place::kLast)) {
        case Power::kGoesBefore:
          PowerOff();
          return false;
        case Power::kGoesWithin: {  // erased, as it should be, or neither
          Readings readings(3, image);
          std::memcpy(readings[1].data() + from, bytes.data() + at, kGranule);
          std::fill_n(readings[2].data() + from, kGranule, 'Z');
          sectors[sector] = std::move(readings);
          written_[sector] = false;
          PowerOff();
          return false;
        }
        case Power::kStays:
          std::memcpy(word, bytes.data() + at, kGranule);
          break;
      }
    }
    return true;
  }

 private:
  Power Next(Place place) {
    operations.push_back(place);
    return operations.size() - 1 == cut_at ? fate : Power::kStays;
  }

  std::vector<Image> now_;     // what this boot reads
  std::vector<bool> written_;  // erased in this boot, and no cut since
};

inline TornFlash* torn = nullptr;

struct Bounds {
  int cuts_in_a_row = 0;          // until a life says that the row has ended
  int every_word = -1;            // for as many cuts so far; else where it tells
  std::size_t states = SIZE_MAX;  // else a sample
  unsigned seed = 1;
};

struct Explored {
  std::size_t cuts = 0, states = 0;
  std::string disagreement;  // the first; empty: none
};

// Every life that begins in one of `roots`, until nothing new comes up. A State has the
// flash as `sectors`, the `cuts` in a row so far, a Key() that is the same for states
// that differ in nothing, and
//   std::string Live(bool& ends_the_row)  from power-on until there is no power or
//   nothing
//                                         left to do; what was wrong
// `ends_the_row`: something was completed, and a cut now is the first of another row.
template <class State>
Explored Explore(TornFlash& flash, const std::vector<State>& roots,
                 const Bounds& bounds) {
  Explored explored;
  torn = &flash;
  std::mt19937 random(bounds.seed);
  std::map<std::string, int> fewest_cuts;
  std::vector<State> open;
  const auto reach = [&](State&& state) {
    if (state.cuts > bounds.cuts_in_a_row) return;
    const auto [known, added] = fewest_cuts.try_emplace(state.Key(), state.cuts);
    if (!added && known->second <= state.cuts) return;
    known->second = state.cuts;
    open.push_back(std::move(state));
  };
  for (State root : roots) reach(std::move(root));

  std::vector<Place> operations;
  // False: something was wrong.
  const auto live = [&](State state, std::size_t way, Power fate, std::size_t at) {
    flash.sectors = std::move(state.sectors);
    flash.PowerOn(way, fate, at);
    bool ends_the_row = false;
    explored.disagreement = state.Live(ends_the_row);
    if (fate == Power::kStays) operations = flash.operations;
    if (flash.powered) flash.PowerOff();
    if (flash.misused) explored.disagreement = "programmed without erasing";
    state.sectors = flash.sectors;
    const bool cut = fate != Power::kStays;
    state.cuts = ends_the_row ? (cut ? 1 : 0) : state.cuts + 1;
    if (cut) ++explored.cuts;
    if (explored.disagreement.empty()) reach(std::move(state));
    return explored.disagreement.empty();
  };
  const auto try_all = [&](const State& state) {
    flash.sectors = state.sectors;
    const std::size_t ways = flash.ways();
    for (std::size_t way = 0; way < ways; ++way) {
      if (!live(state, way, Power::kStays, SIZE_MAX)) return false;
      const std::vector<Place> places = operations;
      const bool all = state.cuts <= bounds.every_word;
      for (std::size_t at = 0; at < places.size(); ++at) {
        // What is half-written reads as nothing until its last word.
        const bool before = places[at] == Place::kErasure || places[at] == Place::kFirst;
        const bool within = places[at] == Place::kErasure || places[at] == Place::kLast;
        if ((all || before) && !live(state, way, Power::kGoesBefore, at)) return false;
        if ((all || within) && !live(state, way, Power::kGoesWithin, at)) return false;
      }
    }
    return true;
  };
  while (!open.empty() && explored.states < bounds.states) {
    std::swap(open[random() % open.size()], open.back());
    const State state = std::move(open.back());
    open.pop_back();
    ++explored.states;
    if (!try_all(state)) break;
  }
  return explored;
}

inline void Print(const char* what, const Explored& explored) {
  std::printf("%s: %zu cuts tried, %zu states reached, %d disagreements%s%s\n", what,
              explored.cuts, explored.states, explored.disagreement.empty() ? 0 : 1,
              explored.disagreement.empty() ? "" : ": ", explored.disagreement.c_str());
}

// Whether a run of minutes is wanted.
inline bool Exhaustive() {
  const char* asked = std::getenv("TORPOR_EXHAUSTIVE");
  return asked != nullptr && std::string_view(asked) == "1";
}

inline void PrintSampled(const char* what, const Bounds& bounds) {
  std::fprintf(stderr,
               "NOT RUN: TORPOR_EXHAUSTIVE is not 1, so %s were sampled, seed %u\n", what,
               bounds.seed);
}

}  // namespace torpor::firmware

namespace torpor::port {

FlashGeometry Flash() noexcept {
  return {firmware::TornFlash::kSectorBytes,
          static_cast<std::uint32_t>(firmware::torn->sectors.size()),
          firmware::TornFlash::kGranule};
}
bool FlashRead(std::uint32_t address, std::span<std::byte> out) noexcept {
  return firmware::torn->Read(address, out);
}
bool FlashErase(std::uint32_t sector) noexcept { return firmware::torn->Erase(sector); }
bool FlashProgram(std::uint32_t address, std::span<const std::byte> bytes) noexcept {
  return firmware::torn->Program(address, bytes);
}

}  // namespace torpor::port
