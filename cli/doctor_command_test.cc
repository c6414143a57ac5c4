#include "cli/test_command.h"
#include "power/test_trees.h"

namespace torpor::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(Command, DoctorShowsWhatProvesASleep) {
  power::TestTree tree;
  tree.JetPack7();
  tree.Process(812, "camera", {"/dev/nvgpu/igpu0/channel"});
  const Ran ran = Torpor("doctor --sleep --root " + tree.folder.string());
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("GPU 17000000.gpu, integrated\n"),
                    HasSubstr("runtime status     suspended\n"),
                    HasSubstr("suspended          900000 ms since boot\n"),
                    HasSubstr("may suspend        yes\n"),
                    HasSubstr("clock              306 MHz to 1020 MHz, nvhost_podgov\n"),
                    HasSubstr("held open by       camera (pid 812), descriptors: 1, "),
                    HasSubstr("idle states: 2 processors, WFI c7\n"),
                    HasSubstr("wakeup sources: 2\n"),
                    HasSubstr("processor time of a process: counted\n")));
}

TEST_F(Command, DoctorSaysUnknownAndNeverGood) {
  const TestFolder nothing;
  const Ran ran = Torpor("doctor --sleep --root " + nothing.string());
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("GPU: unknown, neither devfreq nor PCI can be listed\n"),
                    HasSubstr("idle states: unknown"), HasSubstr("sources: unknown"),
                    HasSubstr("of a process: unknown\n")));
  EXPECT_THAT(Torpor("doctor --sleep").out, HasSubstr("one reading asks for "))
      << "the machine that this runs on";
}

}  // namespace
}  // namespace torpor::cli
