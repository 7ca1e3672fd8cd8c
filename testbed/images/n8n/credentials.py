"""Credentials as n8n keeps them: JSON in AES-256-CBC, key and vector from the passphrase, as `openssl enc -md md5` does."""
import base64, hashlib, json
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7


def is_readable(text, passphrase):
    try:
        return isinstance(decrypt(text, passphrase), dict)
    except ValueError:
        return False


def decrypt(text, passphrase):
    """What was encrypted. Raises ValueError where this passphrase does not fit, or the text is damaged."""
    raw = base64.b64decode(text, validate=True)
    if raw[:8] != b'Salted__':
        raise ValueError('this is no credential')
    key, vector = key_and_vector(passphrase.encode(), raw[8:16])
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(raw[16:]) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return json.loads(unpadder.update(padded) + unpadder.finalize())


def key_and_vector(passphrase, salt):
    made = block = b''
    while len(made) < 48:
        block = hashlib.md5(block + passphrase + salt).digest()
        made += block
    return made[:32], made[32:48]
