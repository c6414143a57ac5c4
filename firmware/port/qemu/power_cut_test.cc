// The power fails in the middle of a granule while the image counts its boot, at many
// places one after the other on one flash: what record.h promises holds of the machine
// code. record_test tries every place, and worse, on the host.
#include <filesystem>
#include <fstream>

#include "firmware/core/record.h"
#include "firmware/port/qemu/image_under_test.h"
#include "simulate/child.h"

namespace torpor::firmware::qemu {
namespace {

class PowerCut : public Installed {
 protected:
  // Boots; the image ends by itself when the power fails, and else because its contract
  // is for another robot.
  [[nodiscard]] int Boot(int cut_after) const {
    auto child = simulate::Child::Start(
        {fs::path(TORPOR_BINARY_DIR) / "bin/torpor-firmware-qemu", "--flash",
         flash_path(), "--link", "socket:" + (folder_ / "link").string(),
         "--simulate-bearing", "1", "--exit-on-refusal", "--image", kImage, "--tell",
         "cut-after=" + std::to_string(cut_after)},
        {folder_ / "log", folder_ / "log"});
    EXPECT_TRUE(child.ok());
    return child->Wait();
  }

  // What the host reads of a copy: the image has to mend its own flash.
  [[nodiscard]] Result<Record> Recorded() const {
    const std::string copy = folder_ / "copy";
    std::string bytes(std::size_t{host::kSectorBytes} * host::kSectors, '\0');
    std::ifstream(flash_path()).read(bytes.data(), std::ssize(bytes));
    std::ofstream(copy) << bytes;
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
    auto flash = host::FlashFile::Open(copy, host::Missing::kRefuse);
    if (!flash.ok()) return flash.status();
    host::Board board;
    board.flash = &*flash;
    host::Use(board);
    RecordStore store;
    store.Open(1);
    return store.Load();
  }
};

TEST_F(PowerCut, LosesNoBootWhereverItComes) {
  if (ImageIsMissing()) return;
  ASSERT_NO_FATAL_FAILURE(Install(contract::GoodTerms(), "r-99"));
  // Two copies, each an erased sector of 512 granules and a record of 32.
  constexpr int kGranules = 2 * (512 + 32);
  // A new flash has empty sectors, which the firmware erases before it trusts them.
  for (int i = 0; i < 2; ++i) ASSERT_EQ(Boot(0), 78);
  std::uint32_t boots = 2;
  int cuts = 0;
  for (int at = 1; at <= kGranules; ++at) {
    const bool record = at % 544 > 510;  // else amidst an erasure, one place like another
    if (!record && at % 60 != 1) continue;
    ASSERT_EQ(Boot(at), kPowerCut) << "no cut at granule " << at;
    ++cuts;
    const auto cut = Recorded();
    ASSERT_TRUE(cut.ok()) << "cut at granule " << at;
    // Of the first copy nothing counts, of the second everything.
    EXPECT_EQ(cut->boot_count, at > 544 ? boots + 1 : boots) << "cut at granule " << at;
    ASSERT_EQ(Boot(0), 78) << "it mends, counts itself, and is for another robot";
    const auto mended = Recorded();
    ASSERT_TRUE(mended.ok()) << "cut at granule " << at;
    EXPECT_EQ(mended->boot_count, cut->boot_count + 1) << "cut at granule " << at;
    boots = mended->boot_count;
  }
  std::printf("%d cuts, %u boots recorded\n", cuts, boots);
  EXPECT_GE(cuts, 30);
}

}  // namespace
}  // namespace torpor::firmware::qemu
