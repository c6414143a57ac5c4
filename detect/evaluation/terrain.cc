#include "detect/evaluation/terrain.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "detect/evaluation/degradation.h"

namespace torpor::detect::evaluation {
namespace {

// All drives over one terrain, end to end.
using Grounds = std::map<std::string, Minutes>;

Minutes OthersOf(const std::vector<Drive>& drives, const Drive& without) {
  Minutes all;
  for (const Drive& drive : drives) {
    if (drive.terrain == without.terrain && &drive != &without) {
      all.Append(*drive.minutes);
    }
  }
  return all;
}

std::unique_ptr<const Judge> FitWithout(const Row& row, const Grounds& grounds,
                                        const std::string& a, const std::string& b) {
  std::vector<Teacher> teachers;
  for (const auto& [terrain, minutes] : grounds) {
    if (terrain != a && terrain != b) teachers.push_back({&minutes, &minutes});
  }
  return row.Fit(teachers);
}

std::size_t Over(const Vector& scores, double threshold) {
  return static_cast<std::size_t>((scores.array() > threshold).count());
}

}  // namespace

TerrainResult JudgeTerrain(const Row& row, const std::vector<Drive>& drives) {
  Grounds grounds;
  for (const Drive& drive : drives) grounds[drive.terrain].Append(*drive.minutes);

  TerrainResult result;
  result.row = row.name();
  for (const auto& [terrain, ignored] : grounds) {
    double threshold = -std::numeric_limits<double>::infinity();
    for (const Drive& other : drives) {
      const Minutes own = OthersOf(drives, other);
      if (other.terrain == terrain || own.count() < 2) continue;
      const auto judge = FitWithout(row, grounds, terrain, other.terrain);
      threshold = std::max(threshold, judge->Score(own, *other.minutes).maxCoeff());
    }
    Minutes elsewhere;
    for (const auto& [name, minutes] : grounds) {
      if (name != terrain) elsewhere.Append(minutes);
    }
    const auto judge = FitWithout(row, grounds, terrain, terrain);
    for (const Drive& drive : drives) {
      const Minutes own = OthersOf(drives, drive);
      if (drive.terrain != terrain || own.count() < 2) continue;
      const Vector known = judge->Score(own, *drive.minutes);
      const Vector unseen = judge->Score(elsewhere, *drive.minutes);
      DriveResult one{drive.id,
                      terrain,
                      drive.minutes->count(),
                      threshold,
                      Over(known, threshold),
                      Over(unseen, threshold),
                      FirstAlarm(known, threshold, 0).has_value(),
                      FirstAlarm(unseen, threshold, 0).has_value()};
      result.windows += one.windows;
      result.known_over += one.known_over;
      result.unseen_over += one.unseen_over;
      result.known_alarms += one.known_alarm ? 1U : 0U;
      result.unseen_alarms += one.unseen_alarm ? 1U : 0U;
      result.drives.push_back(std::move(one));
    }
  }
  return result;
}

}  // namespace torpor::detect::evaluation
