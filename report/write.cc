#include "report/write.h"

#include "contract/sign/durable.h"
#include "core/bytes.h"
#include "report/data.h"
#include "report/page.h"
#include "report/words.h"

namespace torpor::report {

Result<Written> WritePage(const Wishes& wishes, const std::filesystem::path& page,
                          std::string& problem) {
  const auto collected = Collect(wishes, problem);
  if (!collected.ok()) return collected.status();
  const std::string html = Page(Data(*collected));
  problem = page.string();
  if (const Status status = contract::sign::ReplaceFile(page.string(), AsBytes(html));
      status != Status::kOk) {
    return status;
  }
  problem.clear();
  return Written{collected->cycles.size(), html.size(),
                 InWords(*collected, Summarise(*collected)).headline};
}

}  // namespace torpor::report
