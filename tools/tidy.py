#!/usr/bin/env python3
"""tidy.py: the fences that no compiler keeps. Says what stands on the wrong side; 1 if anything does.

  SQL           only in *_store.cc and schema/ (the query layer itself, src/db, prepares what it is given)
  reveal()      only in the files of kReveals: where a secret or personal value must be used
  length        file 800 lines, function 60; more needs "Long because ..." just above or at its top
  words         no TODO, FIXME or XXX; no path of somebody's machine
  headers       no <regex> and no <iostream> in src/: they cost seconds a file
  cycles        no header includes itself by a detour
"""
import collections
import pathlib
import re
import subprocess
import sys

kLineMax = {"file": 800, "function": 60}
# File: why it must see the plain value.
kReveals = {
    "apps/hotline/agency_command.cc": "the agency's signing keys come from its seed",
    "src/base/crypto.cc": "keys are used here and nowhere else",
    "src/base/sensitive.h": "declares it",
    "src/evidence/evidence.cc": "the key of an object is wrapped and unwrapped",
    "src/evidence/key_ring.cc": "a root key is named by a digest of it",
    "src/evidence/key_tree.cc": "the keys of cases and tenants are wrapped and unwrapped",
    "src/intake/access.cc": "the password for reaching a page is sealed",
    "src/intake/answers.cc": "the reporter's mailbox, to write to it",
    "src/intake/drop.cc": "the drop's key, to open reports",
    "src/intake/filing.cc": "the reporter's mailbox goes into the vault",
    "src/intake/receipt.cc": "ids and keys are derived from the code",
    "src/intake/submission.cc": "a submission is written and read under seal",
    "src/intake/vault.cc": "the reporter's mailbox is sealed",
    "src/receiver/receiver.cc": "the receiver's signing keys come from its seed",
    "src/takedown/pusher.cc": "the push signing keys come from their seed",
    "src/web/console_access.cc": "the password for reaching a page, for a named person",
    "src/workflow/recalls.cc": "the push signing keys come from their seed",
    "src/web/i18n_check.cc": "the key that signs a reviewed translation",
    "src/web/intake_desk.cc": "whether a caller left a mailbox",
    "src/web/portal_house.cc": "each portal's key is derived from the main one",
    "src/web/portal.cc": "the page says which mailbox it will write to",
    "src/web/portal_journey.cc": "the reporter's answers travel sealed between two pages",
    "src/net/s3.cc": "the secret signs each request to the object store",
    "src/lists/feed.cc": "the key that signs a list",
    "src/tracing/origin.cc": "the keys that sign questions to proxies come from their seed",
    "src/takedown/takedown.cc": "the key of the answer links",
}
kReason = re.compile(r"//.*\bLong because\b")
kSql = re.compile(
    r"\bSELECT\s[^;\"]*\sFROM\s|\bINSERT\s+INTO\s|\bDELETE\s+FROM\s|\bUPDATE\s+[a-z_]+\s+SET\s|\bCREATE\s+TABLE\s")
kWords = re.compile(r"\b(TODO|FIXME|XXX)\b")
kMachine = re.compile(r"(?<![\w.$}{-])/(work|home|root|farm|Users)/\w|/tmp/[b]ash_")
kIncludes = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
kNoFunction = re.compile(r"^\s*(namespace|class|struct|enum|union|extern|constexpr|inline constexpr|const|static const)\b")

found = []


def say(path, line, sentence):
    found.append(f"{path}:{line}: {sentence}")


def sources():
    names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
                           capture_output=True, text=True, check=True).stdout.split("\0")
    return [pathlib.Path(name) for name in names if name and pathlib.Path(name).is_file()]


def text_of(path):
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None  # Pictures and other bytes.


def check_functions(path, lines):
    """clang-format puts a function's last brace into the column where its first line begins."""
    at = 0
    while at < len(lines):
        opened = re.match(r"^( {0,2})\S.*\{$", lines[at])
        if not opened or lines[at].lstrip().startswith(("//", "}")):
            at += 1
            continue
        start = at
        # A head of several lines: go up to its first one.
        while start > 0 and re.match(r"^ {4,}\S", lines[start]) is None and lines[start - 1].rstrip().endswith((",", "(")):
            start -= 1
        close = opened.group(1) + "}"
        end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith(close)), at)
        if kNoFunction.match(lines[at]) or "(" not in "".join(lines[start:at + 1]):
            at += 1
            continue
        length = end - start + 1
        reason = any(kReason.search(line) for line in lines[max(0, start - 4):start + 4])
        if length > kLineMax["function"] and not reason:
            say(path, start + 1, f"this function has {length} lines, {kLineMax['function']} at most")
        at = end + 1


def check_code(path, text):
    lines = text.split("\n")
    name = str(path)
    if len(lines) > kLineMax["file"]:
        say(path, 1, f"{len(lines)} lines, {kLineMax['file']} at most")
    in_src = name.startswith("src/")
    store = name.endswith("_store.cc") or name.startswith("src/db/")
    for number, line in enumerate(lines, 1):
        if in_src and re.match(r"\s*#\s*include\s*<(regex|iostream)>", line):
            say(path, number, "<regex> and <iostream> stay out of src/")
        if (in_src or name.startswith("apps/")) and not store and kSql.search(line):
            say(path, number, "SQL outside a store")
        if (in_src or name.startswith("apps/")) and re.search(r"\.reveal\(\)|->reveal\(\)", line) and name not in kReveals:
            say(path, number, "reveal() in a file that tools/tidy.py does not list")
    if name.startswith(("src/", "apps/", "range/")):
        check_functions(path, lines)


def check_words(path, text):
    if path.parts[0] not in ("src", "apps", "web", "tests", "scripts", "tools", "range", "policy", "schema", "cmake", ".ci") \
            and path.suffix not in (".txt", ".json", ".md"):
        return
    if path == pathlib.Path("tools/tidy.py"):
        return  # It has to spell what it forbids.
    for number, line in enumerate(text.split("\n"), 1):
        if kWords.search(line) and path.suffix != ".md":
            say(path, number, "left undone")
        if kMachine.search(line):
            say(path, number, "a path of somebody's machine")


def check_cycles(graph):
    done, path = set(), []

    def visit(name):
        if name in path:
            loop = path[path.index(name):] + [name]
            say("src/" + name, 1, "includes itself: " + " -> ".join(loop))
            return
        if name in done:
            return
        path.append(name)
        for below in graph.get(name, ()):
            visit(below)
        path.pop()
        done.add(name)

    for name in sorted(graph):
        visit(name)


def main():
    graph = collections.defaultdict(list)
    for path in sources():
        text = text_of(path)
        if text is None:
            continue
        check_words(path, text)
        if path.suffix in (".cc", ".h"):
            check_code(path, text)
            if path.parts[0] == "src":
                inside = str(path.relative_to("src"))
                graph[inside] = [m.group(1) for m in map(kIncludes.match, text.split("\n")) if m]
    check_cycles(graph)
    for sentence in found:
        print(sentence)
    return 1 if found else 0


sys.exit(main())
