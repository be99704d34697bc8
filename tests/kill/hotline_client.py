"""What a reporter and an analyst do, over HTTP and without a browser: for tests that
need many of them. Only the standard library."""

import http.cookiejar
import re
import html
import time
import urllib.error
import urllib.parse
import urllib.request


class Page:
    def __init__(self, url, status, text):
        self.url, self.status, self.text = url, status, text

    def field(self, name):
        """The value of a hidden field."""
        found = re.search(r'<input[^>]*name="%s"[^>]*value="([^"]*)"' % re.escape(name), self.text)
        return html.unescape(found.group(1)) if found else None


class Browser:
    """Cookies, redirects, forms. A connection that fails is an exception of urllib."""

    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, path, form=None, timeout=30):
        data = urllib.parse.urlencode(form, doseq=True).encode() if form is not None else None
        request = urllib.request.Request(urllib.parse.urljoin(self.base, path), data=data)
        try:
            with self.opener.open(request, timeout=timeout) as answer:
                return Page(answer.url, answer.status, answer.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            return Page(error.url, error.code, error.read().decode("utf-8", "replace"))


RECEIPT = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}-[0-9A-Z*~$=U]\b")


def report(base, address, email="", access=""):
    """Files one report on the single page; gives the receipt, or None if it was not taken."""
    browser = Browser(base)
    page = browser.open("/en/quick")
    form = {"state": page.field("state") or "", "text": address, "elsewhere": "", "remarks": "",
            "answer": "mail" if email else "code", "email": email, "website": "", "go": "send"}
    if access:
        form["access"] = access
    page = browser.open("/en/quick", form)
    found = RECEIPT.search(page.text)
    return found.group(0) if found else None


def check(base, receipt):
    """The text of the receipt's page."""
    browser = Browser(base)
    page = browser.open("/en/check")
    return browser.open("/en/check", {"state": page.field("state") or "", "code": receipt, "go": "check"}).text


def wait_until(what, condition, seconds=60, pause=0.3):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if condition():
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError, OSError):
            pass
        time.sleep(pause)
    raise AssertionError("waited in vain until " + what)
