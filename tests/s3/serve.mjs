// serve.mjs FOLDER PORT: s3rver with one bucket, "evidence"; key and secret are S3RVER.
import S3rver from "@20minutes/s3rver";

const [directory, port] = process.argv.slice(2);
const server = new S3rver({ address: "127.0.0.1", port: Number(port), silent: true, directory, configureBuckets: [{ name: "evidence" }] });
await server.run();
