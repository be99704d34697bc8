"""The vectors of ssrf.py: our own, in nine classes, and generated ones. Neutral: every target is an
address of the namespace that ssrf.py makes, and nothing is behind it but a counter."""

import ipaddress
import urllib.parse

from ssrf_range import HOME4, HOME6

TARGETS = ["127.0.0.1", "127.8.9.10", "10.0.0.1", "10.255.1.2", "172.16.0.1", "172.31.9.9", "192.168.0.1", "192.168.77.1",
           "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "0.0.0.0", "192.0.0.192", "192.0.2.9",
           "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"]
TARGETS6 = ["::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1",
            "2001:db8::1", "2001:db8:2::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1",
            "fd00:ec2::254", "fd12:3456:789a::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff05::1:3", "4000::1",
            "e000::1", "::ffff:0:127.0.0.1", "::fffe:7f00:1"]


def packed(text):
    return ipaddress.ip_address(text).packed.hex()


def notations(text):
    """One IPv4 address as browsers, C libraries and careless people write it."""
    a, b, c, d = ipaddress.ip_address(text).packed
    number = int(ipaddress.ip_address(text))
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    circled = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
    mathematical = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
    return [text, f"{number}", f"{number:#x}", f"{number:#X}", f"0{number:o}", f"{a}.{b}.{c * 256 + d}", f"{a}.{(b << 16) + (c << 8) + d}",
            f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"00{a:o}.{b}.{c}.{d}", f"{a:#010x}.{b}.{c}.{d}",
            f"{a}.{b:#x}.0{c:o}.{d}", text + ".", f"{number}.", urllib.parse.quote(text).replace("1", "%31").replace("0", "%30"),
            text.replace(".", "%2e"), text.translate(wide), text.translate(circled), text.translate(mathematical),
            text.replace(".", "。"), text.replace(".", "｡"), text.replace(".", "．"), text[:3] + "\u00ad" + text[3:], text + "\u200b"]


def literals():
    found = [notation for target in ("127.0.0.1", "169.254.169.254", "10.0.0.1") for notation in notations(target)]
    found += TARGETS + ["127.1", "127.0.1", "0", "0x0", "1", "10.1", "192.168.257", "0x7f.1", "017700000001", "4294967295"]
    return found


def specials6():
    return [f"[{text}]" for text in TARGETS6] + ["[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::1%25lo]", "[fe80::1%25eth0]",
                                                 "[::ffff:7f00:1]", "[::FFFF:169.254.169.254]"]


def names():
    found = ["localhost", "LOCALHOST", "localhost.", "foo.localhost", "lo%63alhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "localhost.localdomain",
             "ip6-localhost", "metadata", "metadata.google.internal"]
    found += [f"a-{packed(target)}.test" for target in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fd00::1",
                                                        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1", "192.168.0.1")]
    found += [f"cname-{packed(target)}.test" for target in ("127.0.0.1", "10.0.0.1", "::1")]
    return found


def rebinding():
    return [f"flip{n}-{packed(HOME4)}-{packed(target)}.test" for n in range(1, 21)
            for target in (("127.0.0.1", "10.0.0.1", "::1")[n % 3],)]


def mixed():
    home, home6 = packed(HOME4), packed(HOME6)
    return [f"a-{first}-{packed(target)}.test" for first in (home, home6) for target in ("127.0.0.1", "10.0.0.1", "::1", "fd00::1")] + [
        f"a-{packed('10.0.0.1')}-{home}.test", f"a-{home}-{packed('198.51.100.11')}-{packed('192.168.0.1')}.test",
        f"a-{home}-{packed('::ffff:10.0.0.1')}.test"]


def schemes():
    inner = ["file:///etc/hostname", "file://127.0.0.1/etc/hostname", "ftp://10.0.0.1/", "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1:11211/",
             "ldap://10.0.0.1/", "sftp://10.0.0.1/", "tftp://10.0.0.1/", "telnet://10.0.0.1/", "smb://10.0.0.1/a", "ws://10.0.0.1/",
             "jar:http://10.0.0.1!/", "view-source:http://10.0.0.1/", "netdoc:///etc/hostname", "data:text/html,x", "javascript:0",
             "blob:http://10.0.0.1/a", "about:blank", "chrome://version", "unix:///run/a.sock:http://x/"]
    return inner + [f"http://{HOME4}:{port}/" for port in (1, 22, 25, 53, 110, 143, 445, 3306, 5432, 6379, 11211, 27017, 65535)]


def confusions(target):
    """What two parsers of one address may read differently."""
    home = HOME4
    return [f"http://{home}@{target}/", f"http://{target}@{home}/", f"http://{home}:80@{target}/", f"http://{target}\\@{home}/",
            f"http://{home}\\@{target}/", f"http://{target}#@{home}/", f"http://{target}?@{home}/", f"http://{target}%00.home.test/",
            f"http://{target}%2f@{home}/", f"http://{target}:80#@{home}:80/", f"//{target}/", f"http:/{target}/", f"http:\\\\{target}/",
            f"http:///{target}/", f"hTTp://{target}/", f"http://\t{target}/", f"http://{target}\n/", f" http://{target}/ "]


def headers(web):
    """Answers that ask the client to go elsewhere by a header. Gives paths of pages."""
    target = "10.0.0.1"
    asks = {"alt-svc": [f'Alt-Svc: h2="{target}:443"; ma=999'], "link": [f"Link: <http://{target}/l>; rel=preload; as=image"],
            "refresh": [f"Refresh: 0; url=http://{target}/r"], "location": [f"Content-Location: http://{target}/c"],
            "hsts": ["Strict-Transport-Security: max-age=9"], "csp": [f"Content-Security-Policy: img-src 'none'; report-uri http://{target}/csp"],
            "report": [f'Report-To: {{"group":"a","max_age":9,"endpoints":[{{"url":"http://{target}/rep"}}]}}',
                       'NEL: {"report_to":"a","max_age":9,"success_fraction":1}'],
            "sourcemap": [f"SourceMap: http://{target}/map"], "x-forward": [f"X-Forwarded-Host: {target}", f"X-Original-URL: http://{target}/"]}
    paths = []
    for name, lines in asks.items():
        web.page(f"/header-{name}", "<p>a page <img src=/ok.png>", *lines)
        paths.append(f"/header-{name}")
    for number, status in enumerate(("300 Multiple Choices", "305 Use Proxy", "306 Switch Proxy", "401 Unauthorized",
                                     "407 Proxy Authentication Required", "201 Created")):
        web.pages[f"/status-{number}"] = (status, [f"Location: http://{target}/{number}", f"Proxy-Authenticate: Basic realm={target}"], b"x")
        paths.append(f"/status-{number}")
    return paths


def redirects(web):
    """Paths on the public host that lead inside, by every status and through chains."""
    paths = []
    goals = [f"http://{goal}/" for goal in ("10.0.0.1", "127.1", "[::1]", "0x7f000001", "169.254.169.254", "[::ffff:10.0.0.1]",
                                            f"a-{packed('10.0.0.1')}.test", "localhost", "user@10.0.0.1")]
    goals += ["//10.0.0.1/", "/\\10.0.0.1/", "file:///etc/hostname", "gopher://10.0.0.1/", f"http://{HOME4}:22/", "https://10.0.0.1/",
              "http://10.0.0.1:8080/", "HTTP://10.0.0.1/", "http:10.0.0.1/", "\thttp://10.0.0.1/"]
    for number, goal in enumerate(goals):
        status = ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent")[number % 5]
        web.redirect(f"/redirect-{number}", goal, status)
        paths.append(f"/redirect-{number}")
    for length in (2, 5, 9):
        for step in range(length):
            web.redirect(f"/chain-{length}-{step}", f"/chain-{length}-{step + 1}" if step + 1 < length else "http://10.0.0.1/")
        paths.append(f"/chain-{length}-0")
    for number, goal in enumerate(("http://10.0.0.1/", "//127.1/", "http://[::1]/")):
        web.page(f"/refresh-{number}", f'<meta http-equiv=refresh content="0;url={goal}">')
        paths.append(f"/refresh-{number}")
    return paths


def generated(random, count):
    """Addresses whose host lies inside, by chance in target, notation and disguise."""
    for _ in range(count):
        kind = random.randrange(6)
        port = random.choice(["", "", ":80", ":8080", ":443", ":22", ":6379", ":65536", ":0"])
        path = random.choice(["/", "", "/a.png", "?a", "/..;/", "/%2e%2e/", "#x"])
        if kind <= 1:
            network = random.choice(["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
                                     "0.0.0.0/8", "198.18.0.0/15", "203.0.113.0/24", "192.0.2.0/26", "224.0.0.0/4", "240.0.0.0/4"])
            net = ipaddress.ip_network(network)
            host = random.choice(notations(str(net[random.randrange(net.num_addresses)])))
        elif kind == 2:
            inner = random.choice(TARGETS)
            host = "[" + random.choice([f"::ffff:{inner}", f"64:ff9b::{inner}", f"::{inner}", f"2002:{packed(inner)[:4]}:{packed(inner)[4:]}::",
                                        f"fd{random.randrange(256):02x}::{random.randrange(65536):x}", f"fe80::{random.randrange(65536):x}",
                                        random.choice(TARGETS6)]) + "]"
        elif kind == 3:
            inside = [packed(random.choice(TARGETS + TARGETS6)) for _ in range(random.randrange(1, 3))]
            outside = [packed(random.choice([HOME4, HOME6])) for _ in range(random.randrange(2))]
            both = inside + outside
            random.shuffle(both)
            host = f"{random.choice(['a', 'a', 'cname'])}-{'-'.join(both)}.test" if len("-".join(both)) < 55 else f"a-{inside[0]}.test"
        elif kind == 4:
            host = f"flip{random.randrange(1, 9)}-{packed(HOME4)}-{packed(random.choice(TARGETS))}.test"
        else:
            yield random.choice(confusions(random.choice(notations(random.choice(TARGETS)))))
            continue
        scheme = random.choice(["http://", "http://", "https://", "HTTP://", "//", "http:\\\\", "ftp://", "gopher://"])
        yield f"{scheme}{host}{port}{path}"
