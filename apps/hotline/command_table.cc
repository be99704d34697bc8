// Every command of `hotline`, as its help shows it.
#include <array>

#include "apps/hotline/commands.h"

namespace hotline::cli {

namespace {

constexpr std::array kCommands = {
    Command{"serve", "start the whole hotline on this machine",
            "Examples:\n  hotline serve --dir ./hotline-data\n  hotline serve --config "
            "/etc/hotline/hotline.toml\n\n"
            "Makes the installation at first (folders, keys, database), starts portal, console, "
            "feeds and worker, and\n"
            "starts them again if they crash. Ctrl-C stops all. The first start prints a link for "
            "the first account.\n",
            serve},
    Command{"demo", "start it with a simulated internet and demo accounts",
            "Examples:\n  hotline demo\n  hotline demo --port-base 9000 --speed 5\n  hotline demo "
            "--dir ./demo --set takedown.undo_window=5s\n\n"
            "Everything lies in a temporary folder that is wiped at the end (unless --dir or "
            "--keep is given). Pictures are\n"
            "neutral and generated; no packet leaves this machine. Needs network namespaces (root "
            "or user namespaces).\n",
            demo},
    Command{"doctor", "say what is wrong, why it matters and how to mend it",
            "Examples:\n  hotline doctor\n  hotline doctor --dir ./hotline-data --json\n  hotline "
            "doctor --list\n  hotline doctor --run chain\n\n"
            "Exit code 0: all good; 1: warnings; 2: something is broken.\n",
            doctor},
    Command{"migrate", "bring the database up to this program's version",
            "Examples:\n  hotline migrate --dir ./hotline-data\n  hotline migrate status\n\n"
            "status lists what is pending (exit code 1 if there is anything).\n",
            migrate},
    Command{"config", "check, show or explain settings",
            "Examples:\n  hotline config check --config hotline.toml\n  hotline config show "
            "--effective\n  hotline config explain takedown.undo_window\n  hotline config "
            "explain\n  hotline config init > hotline.toml\n",
            config},
    Command{"user", "add, list, disable people; reset passwords",
            "Examples:\n  hotline user add anna --role analyst --full-name 'Anna A.' < "
            "password.txt\n  hotline user list\n"
            "  hotline user password anna < password.txt\n  hotline user role anna senior\n  "
            "hotline user disable anna\n  hotline user enable anna\n  hotline user totp anna\n  "
            "hotline user add noor --role analyst --portal exampleland < password.txt\n\n"
            "Roles: analyst, senior, manager, police, admin. Passwords are read from standard "
            "input, never from the\ncommand line.\n",
            user},
    Command{"member", "add industry members and their API keys",
            "Examples:\n  hotline member add 'Example Net' --kind isp\n  hotline member key "
            "'Example Net' --label 2026\n  hotline member revoke 'Example Net' --label 2026\n  "
            "hotline member list\n  hotline member webhook 'Example Net' "
            "https://hooks.example/hotline\n  hotline member webhook 'Example Net' off\n  "
            "hotline member log 'Example Net'\n  hotline member recalls\n\n"
            "A key is printed once. webhook: where we post a signed word when an entry of a list "
            "was wrong; prints the\npublic key to check it with. log: every try. recalls: who took "
            "a wrong entry, and who has learnt of it.\n",
            member},
    Command{
        "receiver", "register the receivers that hosts run",
        "Examples:\n  hotline receiver key\n  hotline receiver add abuse@isp.example --address "
        "https://receiver.isp.example --key BASE64\n  hotline receiver list\n  hotline receiver "
        "remove abuse@isp.example\n\n"
        "A letter to that mailbox is pushed to the host's hotline-receiver first; what it took "
        "away and\nsigned for needs no mail. `key` prints ours, for the host's [[trust]].\n",
        receiver},
    Command{
        "agency", "name the police agencies of the gate",
        "Examples:\n  hotline agency add national --name 'National Police' --countries GB --key "
        "HEX --hold 48h\n  hotline agency add north --countries GB --networks 64500,64501\n  "
        "hotline agency person north pia\n  hotline agency list\n\n"
        "An agency decides about hosts of its countries and networks; empty means all. person: "
        "a police user then sees\nonly what is at that agency's gate. hold: how long before it "
        "is asked again.\n",
        agency},
    Command{
        "authority", "for the police: sign what may pass the gate in advance",
        "Examples:\n  hotline authority key --key national.key\n  hotline authority sign --key "
        "national.key < pre-2030-1.json\n\n"
        "Runs at the agency's own desk; the key file is made at first. The document is "
        "described in\ndocs/formats/authority.md. Both are pasted into the console under Police "
        "gate.\n",
        authority},
    Command{
        "routing", "import a routing table; refresh the registries' bootstrap files",
        "Examples:\n  hotline routing import rib.20300101.0000\n  bzcat rib.bz2 | hotline routing "
        "import -\n  hotline routing import asn.mmdb\n  hotline routing info\n  hotline routing "
        "look-up 192.0.2.7 2001:db8::7\n  hotline routing bootstrap\n\n"
        "import takes an MRT dump of a route collector (RFC 6396) or an MMDB file with systems, "
        "and replaces the\ntable as one: a failure leaves the old one. bootstrap fetches IANA's "
        "RDAP files into DIR/rdap.\nExit code 0: done; 2: failed, or an address that nobody "
        "announces.\n",
        routing},
    Command{"known", "import lists of known items",
            "Examples:\n  hotline known import list.jsonl --source 'partner list'\n  cat "
            "list.jsonl | hotline known import -\n\n"
            "The format is docs/formats/known-hashes.md. All lines or none.\n",
            known},
    Command{
        "portal", "begin, check and publish a country's portal",
        "Examples:\n  hotline portal new exampleland --country XX --languages en,fr\n  hotline "
        "portal check exampleland\n  hotline portal publish exampleland\n  hotline portal list\n"
        "  hotline portal figures exampleland --from 2030-01-01 --to 2030-04-01 --public\n  "
        "hotline portal withdraw exampleland\n\n"
        "A pack is a folder (docs/formats/portal-pack.md); new writes one to packs/ of the "
        "installation or to --folder.\nExit code 1: something keeps it from going live.\n",
        portal},
    Command{"i18n", "check, sign or distort the translations",
            "Examples:\n  hotline i18n check\n  hotline i18n check fa\n  hotline i18n sign fa --by "
            "'Name of a native reviewer'\n  hotline i18n pseudo --out ./pseudo\n\n"
            "A portal does not speak a language that nobody has signed. Exit code 1: there are "
            "gaps.\n",
            i18n},
    Command{
        "report", "take reports from a CSV file",
        "Examples:\n  hotline report import reports.csv --source 'partner name'\n  cat reports.csv "
        "| hotline report import - --source 'partner name' --check\n\n"
        "The first line names the columns (docs/formats/reports.md). Prints what became of each "
        "line. The same line\nof the same source is one report, however often it is sent. Exit "
        "code 1: a line was refused.\n",
        report},
    Command{
        "mailbox", "say who may report by mail",
        "Examples:\n  hotline mailbox allow desk@partner.example\n  hotline mailbox allow "
        "desk@partner.example --dkim partner.example\n  hotline mailbox list\n  hotline mailbox "
        "revoke desk@partner.example\n\n"
        "A token is printed once; with --dkim a signature of that domain counts instead.\n",
        mailbox},
    Command{"audit", "verify the chain of facts, or follow it",
            "Examples:\n  hotline audit verify\n  hotline audit tail --count 50\n", audit},
    Command{"fetch", "look at one address through the fetch jail",
            "Examples:\n  hotline fetch http://gallery.example/a --json\n  hotline fetch "
            "http://gallery.example/a --referrer http://forum.example/ --no-browser\n\n"
            "Exit code 0: it answered; 1: it did not, or may not be opened; 2: the jail failed.\n",
            fetch},
    Command{
        "capture", "look at one address, keep it as an archive, unmask a disguise",
        "Examples:\n  hotline capture http://gallery.example/a --warc a.warc\n  hotline capture "
        "http://gallery.example/a --referrer http://forum.example/t --cookie adult=1 --minimise\n"
        "  hotline capture http://gallery.example/a --probe --json\n  hotline capture "
        "http://gallery.example/a --exit tor --no-browser\n  hotline capture check a.warc\n\n"
        "What a visitor must bring is the recipe: --referrer, --via (a page visited before; "
        "several), --cookie, --locale,\n--agent, --exit (a name of net.exits), or --recipe FILE "
        "(docs/formats/capture-recipe.md). --minimise finds what of it\nis needed; --probe tries "
        "the usual disguises. --warc writes a new file with all bytes: handle it as evidence.\n"
        "check reads an archive and its digests.\n"
        "Exit code 0: it answered; 1: it did not, or may not be opened; 2: it failed.\n",
        capture},
    Command{
        "firewall", "print kernel rules that hold the fetch jail to its limits",
        "Examples:\n  hotline firewall | sudo nft -f -\n  hotline firewall --user hotline-fetch "
        "--config /etc/hotline/hotline.toml > /etc/nftables.d/hotline.nft\n\n"
        "Packets of that user (usually nobody, which hotline-fetch becomes) reach public web "
        "servers, the resolver and\nthe proxies in net.exits, and nothing else. Print and load "
        "again after a change of net.* settings.\n",
        firewall},
    Command{
        "evidence", "change the keys of sealed evidence, erase a case, prove it",
        "Examples:\n  hotline evidence rotate\n  hotline evidence erase cas_01hq... --by mara\n  "
        "hotline evidence prove cas_01hq... --json\n  hotline evidence check\n\n"
        "rotate  makes a new root key and a new key for each tenant, wraps the cases' keys again "
        "and destroys the old\n        ones. The hotline runs on meanwhile; cut off, it is taken "
        "up again by the next call.\n"
        "erase   destroys the case's key and takes its objects away. There is no way back.\n"
        "prove   tries whether anything of an erased case opens (exit code 1: a backup from "
        "before still would).\n"
        "check   opens each object once (exit code 1: one is broken or missing).\n",
        evidence},
    Command{
        "media", "hashes, previews and comparison of files, made in the media jail",
        "Examples:\n  hotline media hash picture.jpg *.png --json\n  hotline media hash "
        "photo.heic --turns\n  hotline media preview clip.mp4 --level 1 --out sheet.jpg\n  "
        "hotline media vpdq clip.mp4 > clip.vpdq\n  hotline media vpdq clip.mp4 --every-frame "
        "--json\n  hotline media vpdq compare clip.mp4 known.vpdq\n  hotline media tmk clip.mp4 "
        "--out clip.tmk\n  hotline media tmk score clip.tmk known.tmk\n\n"
        "hash     md5, sha1, sha256, PDQ (FULL and NN512; as displayed too if a photograph is "
        "turned); --turns: the eight turns\n"
        "preview  levels 1 (160 pixels, grey, blurred), 2, 3, 4 (960 pixels, colour); of films "
        "and animations a sheet, no sound\n"
        "vpdq     lines frame,quality,hash,seconds; --every SECONDS (1), --every-frame, "
        "--key-frames (a quick screening),\n"
        "         --fast (from the brightness alone: a few bits from the exact hashes)\n"
        "         compare: --distance 31 --quality 50 --percent 80 (of the first in the "
        "second); A and B are films or lists\n"
        "tmk      TMK+PDQF vectors; score: --least 0.7 at both levels; A and B are films or "
        ".tmk files\n\n"
        "No installation is needed. Nothing leaves this machine, and no file is decoded "
        "outside the jail.\n"
        "Exit code 0: done, or a match; 1: no match, a file that cannot be read, a film not "
        "seen whole; 2: failed.\n",
        media},
    Command{"match", "match files and hashes against lists, without a server",
            "Examples:\n  hotline match build --out known.hmi list.csv police.json --allow "
            "wallpapers.txt\n  hotline match scan known.hmi /media/disk > hits.jsonl\n  hotline "
            "match query known.hmi --json < hashes.txt\n  hotline match info known.hmi\n  hotline "
            "match verify known.hmi\n  hotline match bench --size 1000000 --vs faiss\n\n"
            "build   makes an index of lists: a hash a line, CSV, known-hashes.md or VICS JSON "
            "(--format, else guessed).\n        --radius N (31) and --quality-min N (50) hold for "
            "its PDQ hashes; lists after --allow are known\n        innocent and win. VICS "
            "category 0 is innocent too.\n"
            "query   reads hashes on standard input, \"HEX\" or \"TYPE HEX\", and prints what "
            "matches; --distance N.\n"
            "scan    hashes files and folders in the media jail and prints what matches, one JSON "
            "line a file;\n        --all prints the others too, --turned finds turned and mirrored "
            "copies.\n"
            "bench   measures look-ups on this machine; --hashes FILE takes raw 32-byte hashes.\n\n"
            "Exit code 0: it worked, nothing matched (query, scan); 1: something matched, or a "
            "file could not be read;\n2: it failed. The file is docs/formats/hmi.md.\n",
            match},
    Command{"version", "print the version",
            "Examples:\n  hotline version\n  hotline version --json\n", version},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

}  // namespace hotline::cli
