"""count_tests.py FOLDER: "PASSED FAILED" from GoogleTest's JSON files and CTest's JUnit file.

A program that CTest calls failed and that names no failed case (it crashed, or ran out of
time) counts as one failure. Skipped cases count as neither; they are told on stderr."""

import json
import pathlib
import sys
import xml.etree.ElementTree

folder = pathlib.Path(sys.argv[1])
passed = failed = skipped = 0
broken = set()
for path in folder.glob("*.json"):
    report = json.loads(path.read_text())
    for suite in report["testsuites"]:
        for case in suite["testsuite"]:
            if case.get("failures"):
                failed += 1
                broken.add(path.stem)
            elif case.get("result") == "SKIPPED":
                skipped += 1
            else:
                passed += 1
for case in xml.etree.ElementTree.parse(folder / "ctest.xml").getroot().iter("testcase"):
    name = case.get("name")
    if case.get("status") != "run" and f"{name}_test" not in broken:
        failed += 1
        print(f"{name}: ended without a result", file=sys.stderr)
if skipped:
    print(f"{skipped} skipped", file=sys.stderr)
if passed + failed == 0:
    failed = 1
print(passed, failed)
