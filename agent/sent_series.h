// Which series a robot's last pages had, for a receiver that keeps what it heard last: a
// series that is no longer sent has to be ended there, or a reason that is over stays in
// sight for as long as a robot that sleeps does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace torpor::agent {

// A small file, so that a refusal is ended by the process that is started when it is
// mended. One that is missing or damaged is forgotten: what it knew goes stale by itself.
class SentSeries {
 public:
  explicit SentSeries(std::filesystem::path file);  // empty: nothing is remembered

  // Those of earlier pages that a page of the series `now`, sorted, has to end. Whatever
  // becomes of the page, the file has the old ones and these until Taken().
  [[nodiscard]] std::vector<std::string> EndedBy(std::vector<std::string> now);
  // The page has arrived: there are no others.
  void Taken();

 private:
  void Write(const std::vector<std::string>& series);

  std::filesystem::path file_;
  std::vector<std::string> held_, now_;
};

}  // namespace torpor::agent
