"""mail_server.py CONFIG.json: the mail server of the range (Debian's aiosmtpd).

Takes mail for every mailbox of the range's names and files it in one Maildir a
mailbox, FOLDER/DOMAIN/LOCAL-PART, before it says 250. Names outside the range and
the domains in refused_domains are refused with 550, as a real host would."""

import asyncio
import json
import mailbox
import os
import re
import sys

from aiosmtpd.smtp import SMTP

PLAIN = re.compile(r"[A-Za-z0-9._+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}(?:example|test)")


class Filing:
    def __init__(self, config):
        self.folder = config["folder"]
        self.refused = set(config["refused_domains"])

    async def handle_RCPT(self, server, session, envelope, address, options):
        address = address.strip()
        local, _, domain = address.rpartition("@")
        address = local + "@" + domain.lower()
        if not PLAIN.fullmatch(address) or ".." in address or local.startswith("."):
            return "550 5.1.2 No such domain here"
        if domain.lower() in self.refused:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            local, _, domain = address.rpartition("@")
            box = os.path.join(self.folder, domain, local)
            os.makedirs(os.path.dirname(box), exist_ok=True)
            head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {address}\r\n".encode()
            mailbox.Maildir(box, create=True).add(head + envelope.content)
        return "250 2.0.0 Filed"


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    filing = Filing(config)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(filing, hostname=config["name"], enable_SMTPUTF8=True, data_size_limit=20_000_000),
        host=config["address"], port=config["port"])
    await server.serve_forever()


asyncio.run(main())
