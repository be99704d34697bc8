"""Page-borne vectors of ssrf.py: what a page can do inside the browser to reach an address. Each is a
piece of page with the target's place named; TARGET has no scheme, HTTP and WS are whole addresses."""

MARKUP = {
    "img": '<img src="{http}">', "srcset": '<img srcset="{http} 1x">', "picture": '<picture><source srcset="{http}"><img></picture>',
    "video": '<video src="{http}" autoplay></video>', "source": '<video autoplay><source src="{http}"></video>',
    "poster": '<video poster="{http}"></video>', "audio": '<audio src="{http}" autoplay></audio>',
    "track": '<video src="/v.mp4"><track default kind=captions src="{http}"></video>', "iframe": '<iframe src="{http}"></iframe>',
    "srcdoc": "<iframe srcdoc=\"<img src='{http}'>\"></iframe>", "data-frame": '<iframe src="data:text/html,<img src=\'{http}\'>"></iframe>',
    "object": '<object data="{http}"></object>', "embed": '<embed src="{http}">', "pdf-embed": '<embed type="application/pdf" src="{http}a.pdf">',
    "script": '<script src="{http}"></script>', "module": '<script type=module src="{http}"></script>',
    "stylesheet": '<link rel=stylesheet href="{http}">', "preload": '<link rel=preload as=image href="{http}">',
    "prefetch": '<link rel=prefetch href="{http}">', "preconnect": '<link rel=preconnect href="{http}">',
    "dns-prefetch": '<link rel=dns-prefetch href="//{target}">', "modulepreload": '<link rel=modulepreload href="{http}">',
    "prerender": '<link rel=prerender href="{http}">', "manifest": '<link rel=manifest href="{http}">', "icon": '<link rel=icon href="{http}">',
    "import-css": '<style>@import url("{http}");</style>', "font": '<style>@font-face{{font-family:a;src:url("{http}")}}p{{font-family:a}}</style><p>a',
    "background": '<div style="background:url({http})">a</div>', "cursor": '<style>body{{cursor:url({http}),auto}}</style>',
    "list-style": '<ul style="list-style-image:url({http})"><li>a</ul>', "border-image": '<div style="border:9px solid;border-image:url({http}) 9">a</div>',
    "mask": '<div style="mask-image:url({http})">a</div>', "filter": '<div style="filter:url({http}#f)">a</div>',
    "content": '<style>p::before{{content:url({http})}}</style><p>a', "image-set": '<div style="background:image-set(\'{http}\' 1x)">a</div>',
    "shape": '<div style="float:left;shape-outside:url({http})">a</div>', "body-background": '<table background="{http}"><tr><td>a</table>',
    "svg-image": '<svg><image href="{http}" width=9 height=9 /></svg>', "svg-xlink": '<svg><image xlink:href="{http}" width=9 height=9 /></svg>',
    "svg-use": '<svg><use href="{http}#a"/></svg>', "fe-image": '<svg><filter id=f><feImage href="{http}"/></filter><rect filter="url(#f)" width=9 height=9 /></svg>',
    "svg-script": '<svg><script href="{http}"></script></svg>', "foreign": '<svg><foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="{http}"/></foreignObject></svg>',
    "svg-style": '<svg><style>@import "{http}";</style></svg>', "svg-object": '<object type="image/svg+xml" data="data:image/svg+xml,<svg xmlns=\'http://www.w3.org/2000/svg\'><image href=\'{http}\'/></svg>"></object>',
    "input": '<input type=image src="{http}">', "form": '<form action="{http}" target=f1 id=fo></form><iframe name=f1></iframe><script>fo.submit()</script>',
    "meta-frame": '<iframe srcdoc="<meta http-equiv=refresh content=\'0;url={http}\'>"></iframe>', "base": '<base href="{http}"><img src=rel.png>',
    "portal": '<portal src="{http}"></portal>', "frame": '<frameset><frame src="{http}"></frameset>', "ping": '<a id=pi ping="{http}" href="#x">a</a><script>pi.click()</script>',
    "redirected": '<img src="/to?{number}">', "redirected-frame": '<iframe src="/to?{number}"></iframe>', "xml": '<iframe src="/xml?{number}"></iframe>',
    "attribution": '<img attributionsrc="{http}" src=/ok.png>', "speculation": '<script type=speculationrules>{{"prefetch":[{{"urls":["{http}"],"eagerness":"immediate"}}],"prerender":[{{"urls":["{http}p"],"eagerness":"immediate"}}]}}</script>',
}

SCRIPT = {
    "fetch": 'fetch("{http}",{{mode:"no-cors"}})', "fetch-post": 'fetch("{http}",{{method:"POST",mode:"no-cors",body:"x"}})',
    "keepalive": 'fetch("{http}",{{mode:"no-cors",keepalive:true}})', "xhr": 'let x=new XMLHttpRequest;x.open("GET","{http}");x.send()',
    "beacon": 'navigator.sendBeacon("{http}","x")', "events": 'new EventSource("{http}")', "websocket": 'new WebSocket("{ws}")',
    "wss": 'new WebSocket("wss://{target}/")', "transport": 'new WebTransport("https://{target}/")', "image": 'new Image().src="{http}"',
    "audio-object": 'new Audio("{http}").play()', "font-face": 'new FontFace("a","url({http})").load()', "dynamic-import": 'import("{http}")',
    "worker-import": 'new Worker(URL.createObjectURL(new Blob([`importScripts("{http}")`])))',
    "worker-fetch": 'new Worker(URL.createObjectURL(new Blob([`fetch("{http}",{{mode:"no-cors"}})`])))',
    "shared-worker": 'new SharedWorker(URL.createObjectURL(new Blob([`fetch("{http}",{{mode:"no-cors"}})`])))',
    "service-worker": 'navigator.serviceWorker.register("/sw.js?{number}",{{scope:"/"}}).then(()=>fetch("/through-worker?{number}"))',
    "worklet": 'new OfflineAudioContext(1,9,44100).audioWorklet.addModule("{http}")', "paint": 'CSS.paintWorklet.addModule("{http}")',
    "wasm": 'WebAssembly.instantiateStreaming(fetch("{http}",{{mode:"no-cors"}}))', "open": 'window.open("{http}")',
    "frame-location": 'let f=document.createElement("iframe");document.body.append(f);f.contentWindow.location="{http}"',
    "stun": 'let p=new RTCPeerConnection({{iceServers:[{{urls:"stun:{target}:3478"}}]}});p.createDataChannel("a");p.createOffer().then(o=>p.setLocalDescription(o))',
    "turn": 'let q=new RTCPeerConnection({{iceServers:[{{urls:"turn:{target}:3478?transport=udp",username:"a",credential:"b"}}]}});q.createDataChannel("a");q.createOffer().then(o=>q.setLocalDescription(o))',
    "turn-tcp": 'let t=new RTCPeerConnection({{iceServers:[{{urls:"turn:{target}:80?transport=tcp",username:"a",credential:"b"}}]}});t.createDataChannel("a");t.createOffer().then(o=>t.setLocalDescription(o))',
    "candidate": 'let c=new RTCPeerConnection;c.createDataChannel("a");c.createOffer().then(o=>c.setLocalDescription(o)).then(()=>c.addIceCandidate({{candidate:"candidate:1 1 UDP 9 {target} 80 typ host",sdpMid:"0"}})).catch(()=>0)',
    "style-rule": 'let s=document.createElement("style");s.textContent=`i{{background:url({http})}}`;document.head.append(s,document.createElement("i"))',
    "history": 'history.pushState(0,0,"/x");new Image().src="//{target}/h"', "document-write": 'document.body.insertAdjacentHTML("beforeend",`<img src="{http}">`)',
    "xslt": 'let d=document.implementation.createDocument("","a");d.append(d.createProcessingInstruction("xml-stylesheet",`href="{http}"`))',
    "cache": 'caches.open("a").then(c=>c.add(new Request("{http}",{{mode:"no-cors"}})))', "notification": 'fetch(new Request("{http}",{{mode:"no-cors",redirect:"follow"}}))',
    "payment": 'new PaymentRequest([{{supportedMethods:"http://{target}/pay"}}],{{total:{{label:"a",amount:{{currency:"EUR",value:"1"}}}}}}).canMakePayment()',
    "blob-frame": 'let b=document.createElement("iframe");b.src=URL.createObjectURL(new Blob([`<img src="{http}">`],{{type:"text/html"}}));document.body.append(b)',
}

TARGETS = ["10.0.0.1", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "169.254.169.254", "192.168.0.1", "[::1]", "[::ffff:10.0.0.1]", "[fd00::1]",
           "localhost", "a-0a000001.test", "a-c633640a-0a000001.test", "flip1-c633640a-7f000001.test", "flip2-c633640a-0a000001.test",
           "100.64.0.1", "0.0.0.0", "[64:ff9b::7f00:1]", "172.16.0.1", "203.0.113.9"]


def make(web, per_page):
    """Registers the pages; gives their paths and how many vectors they carry."""
    pieces = []
    for number, (name, text) in enumerate(list(MARKUP.items()) + list(SCRIPT.items())):
        target = TARGETS[number % len(TARGETS)]
        piece = text.format(http=f"http://{target}/{name}/", ws=f"ws://{target}/{name}/", target=target, number=number)
        if name in SCRIPT:
            piece = f"<script>try{{{piece}}}catch(e){{}}</script>"
        pieces.append(piece)
        web.redirect("/to", f"http://{target}/redirected")
        web.file("/xml", "text/xml", f'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="http://{target}/xsl"?><a/>')
        web.file("/sw.js", "text/javascript", f'onfetch=e=>e.respondWith(fetch("http://{target}/worker",{{mode:"no-cors"}}));'
                                              f'fetch("http://{target}/worker-start",{{mode:"no-cors"}})')
    paths = []
    for start in range(0, len(pieces), per_page):
        path = f"/borne-{start}"
        web.page(path, "<!doctype html><title>page</title><body><p>a page<img src=/ok.png>" + "\n".join(pieces[start:start + per_page]))
        paths.append(path)
    # A script may not fetch from inside, and the page may not go there as a whole.
    web.page("/borne-location", '<p>a page<script>setTimeout(()=>{location="http://10.0.0.1/whole"},50)</script>')
    return paths + ["/borne-location"], len(pieces) + 1
