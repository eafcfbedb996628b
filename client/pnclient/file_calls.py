"""What a client does with files."""

from __future__ import annotations

from pnclient.api.endpoint import Client
from pnclient.api.file_transfer import DownloadFileNative, PublishFileMessage, SendFileNative
from pnclient.api.files import DeleteFile, GetFileDownloadUrl, ListFiles


class FileCalls:
    """A builder for each operation on files."""

    def send_file(self: Client) -> SendFileNative:
        """Send a file to a channel, and tell its subscribers."""
        return SendFileNative(self)

    def download_file(self: Client) -> DownloadFileNative:
        """Read a file: its bytes, or into a file here."""
        return DownloadFileNative(self)

    def list_files(self: Client) -> ListFiles:
        """The files of a channel."""
        return ListFiles(self)

    def get_file_url(self: Client) -> GetFileDownloadUrl:
        """An address at which a file can be read for a time."""
        return GetFileDownloadUrl(self)

    def delete_file(self: Client) -> DeleteFile:
        """Delete a file of a channel."""
        return DeleteFile(self)

    def publish_file_message(self: Client) -> PublishFileMessage:
        """Tell subscribers of a file that is there already."""
        return PublishFileMessage(self)

    def encrypt(self: Client, cipher_key: str, file: bytes) -> bytes:
        """A file's bytes, encrypted as ``config.file_crypto`` does it."""
        encrypted: bytes = self.config.file_crypto.encrypt(cipher_key, file)
        return encrypted

    def decrypt(self: Client, cipher_key: str, file: bytes) -> bytes:
        """A file's bytes, decrypted as ``config.file_crypto`` does it. ``DecryptionError``: another key, or damaged."""
        decrypted: bytes = self.config.file_crypto.decrypt(cipher_key, file)
        return decrypted
