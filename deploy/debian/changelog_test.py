#!/usr/bin/env python3
"""The Debian changelog that CHANGELOG.md becomes, and what is refused."""
import pathlib
import sys
import unittest

import changelog

PAGE = """# Changelog

For the reader who upgrades.

## 0.2.0, unreleased

- FEATURE: a sentence that goes on
  in the next line (docs/x.md).
- FIX: another.

## 0.1.0, 2026-11-30

- REMOVED: a third.
"""
WHO = "torpor maintainers <maintainers@torpor.invalid>"


class Changelog(unittest.TestCase):
    def test_the_newest_entry_is_the_package_and_the_older_keep_their_dates(self):
        self.assertEqual(changelog.changelog(PAGE, "0.2.0~20261201.abc-1", WHO, 1796000000), f"""\
torpor (0.2.0~20261201.abc-1) unstable; urgency=medium

  * FEATURE: a sentence that goes on in the next line (docs/x.md).
  * FIX: another.

 -- {WHO}  Mon, 30 Nov 2026 00:53:20 -0000

torpor (0.1.0) unstable; urgency=medium

  * REMOVED: a third.

 -- {WHO}  Mon, 30 Nov 2026 00:00:00 -0000
""".replace("-0000", "+0000"))

    def test_what_would_be_lost_is_refused_by_its_line(self):
        for wrong in ("## 0.1", "## 0.1.0, soon", "- A change without its kind."):
            with self.assertRaisesRegex(ValueError, "line 1[0-9]: "):
                changelog.changelog(PAGE + "\n" + wrong + "\n", "1", WHO, 0)
        with self.assertRaises(ValueError):
            changelog.changelog("# Changelog\n", "1", WHO, 0)

    def test_this_projects_own_is_taken(self):
        text = (pathlib.Path(__file__).resolve().parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
        made = changelog.changelog(text, "1", WHO, 0)
        self.assertEqual(made.count("  * "), text.count("\n- "))


if __name__ == "__main__":
    sys.exit(unittest.main())
