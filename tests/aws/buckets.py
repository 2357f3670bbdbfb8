"""S3 by moto, with a back door that stores many objects at once.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html is what moto serves as AWS does.
"""
import base64
import threading
import zlib

from moto.s3.models import s3_backends

LOCK = threading.Lock()


def load(account, region, bucket, objects):
    """Stores objects {key, body (base64), content_type, content_encoding} in a bucket that is made when absent."""
    backend = s3_backends[account]["aws"]
    with LOCK:
        if bucket not in backend.buckets:
            backend.create_bucket(bucket, region)
    for given in objects:
        raw = base64.b64decode(given["body"])
        # S3 keeps a checksum of every object, and the SDKs check what they read against it
        # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
        checksum = base64.b64encode(zlib.crc32(raw).to_bytes(4, "big")).decode()
        kept = backend.put_object(bucket, given["key"], raw, checksum_value=checksum, disable_notification=True)
        kept.checksum_algorithm, kept.checksum_type = "CRC32", "FULL_OBJECT"
        metadata = {"Content-Type": given.get("content_type", "application/octet-stream")}
        if given.get("content_encoding"):
            metadata["Content-Encoding"] = given["content_encoding"]
        kept.set_metadata(metadata)
    return len(objects)


def forget(account):
    backend = s3_backends[account]["aws"]
    for name in list(backend.buckets):
        bucket = backend.buckets.pop(name)
        s3_backends.bucket_accounts.pop(bucket.name, None)
