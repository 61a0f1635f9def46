// An HTTP/2 host for credential.t. ARGUMENTS: ADDRESS CERTIFICATE KEY LOG
"use strict";
const http2 = require("http2");
const fs = require("fs");
const crypto = require("crypto");
const [address, cert, key, log] = process.argv.slice(2);

function upload(stream) {
	const digest = crypto.createHash("sha256");
	let size = 0;
	stream.on("data", (chunk) => { digest.update(chunk); size += chunk.length; });
	stream.on("end", () => { stream.respond({ ":status": 200 }); stream.end(`${size} ${digest.digest("hex")}`); });
}

function download(stream, size) {
	const block = Buffer.alloc(65536, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
	let left = size;
	stream.respond({ ":status": 200, "x-version": "2" });
	function more() {
		while (left > 0) {
			const part = block.subarray(0, Math.min(left, block.length));
			left -= part.length;
			if (!stream.write(part)) return void stream.once("drain", more);
		}
		stream.end();
	}
	more();
}

const server = http2.createSecureServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
server.on("stream", (stream, headers) => {
	fs.appendFileSync(log, JSON.stringify(headers) + "\n");
	stream.on("error", () => {});
	const path = headers[":path"];
	if (path === "/upload") upload(stream);
	else if (path.startsWith("/download")) download(stream, Number(path.split("?")[1]));
	else { stream.respond({ ":status": 200, "x-version": "2" }); stream.end("two"); }
});
server.listen(443, address);
