// Writes the pages that report/browser_test.py opens in a browser, with their data beside
// them:
//
//   torpor_report_pages FOLDER            of lives that never were, as FOLDER/NAME.html
//   torpor_report_pages STATE PAGE.html   of a robot's own
#include <cstdio>
#include <fstream>
#include <string>

#include "core/test_folder.h"
#include "report/collect.h"
#include "report/data.h"
#include "report/page.h"
#include "report/test_lives.h"

namespace {

namespace fs = std::filesystem;
using namespace torpor;
using namespace torpor::report;

void WritePage(const fs::path& state, const fs::path& page) {
  std::string problem;
  const auto collected = Collect({state}, problem);
  if (!collected.ok()) throw std::runtime_error("no report of " + problem);
  const std::string data = Data(*collected);
  std::ofstream(page) << Page(data);
  std::ofstream(fs::path(page).replace_extension(".json")) << data;
}

// A life in a state folder that goes again: thousands of commits, in memory.
void Live(const fs::path& folder, const std::string& name, auto life) {
  const TestFolder state(TestFolder::InMemory());
  Write(state, life(GiveContract(state)));
  WritePage(state, folder / (name + ".html"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    WritePage(argv[1], argv[2]);
    return 0;
  }
  if (argc != 2) return 64;
  const fs::path folder = argv[1];
  fs::create_directories(folder);
  Live(folder, "healthy", [](const std::string& id) { return GoodLife(1440, id); });
  Live(folder, "broken", [](const std::string& id) { return BrokenLife(1440, id); });
  Live(folder, "month", [](const std::string& id) { return BrokenLife(43'200, id); });
  Live(folder, "empty", [](const std::string& id) { return GoodLife(0, id); });
  Live(folder, "one", [](const std::string& id) { return GoodLife(1, id); });
  Live(folder, "unknown",
       [](const std::string&) { return GoodLife(300, "0123456789abcdef"); });
  Live(folder, "hostile", [](const std::string&) { return HostileLife(); });
  return 0;
}
