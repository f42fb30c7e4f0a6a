"""A certificate authority of openssl's making, with certificates that are wrong in every way."""
import subprocess

CONFIGURATION = """
[ca]
default_ca = it
[it]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
certificate = {folder}/{name}.pem
private_key = {folder}/{name}.key
default_md = sha256
default_crl_days = 30
unique_subject = no
policy = any
copy_extensions = copy
[any]
commonName = optional
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    def __init__(self, folder, name="authority", parent=None):
        self.folder, self.name = folder, name
        folder.mkdir(exist_ok=True)
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        self.configuration = folder / f"{name}.cnf"
        self.configuration.write_text(CONFIGURATION.format(folder=folder, name=name))
        if parent:
            parent.issue(name, extensions="authority", into=folder)
        else:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", f"/CN={name}", "-config", self.configuration, "-extensions", "authority",
                    "-keyout", self.file(f"{name}.key"), "-out", self.file(f"{name}.pem"))
        self.certificate = self.file(f"{name}.pem")

    def file(self, name):
        return self.folder / name

    def issue(self, name, subject=None, alternative=None, start="20200101000000Z", end="20400101000000Z",
              usage=None, extensions=None, into=None):
        """Makes NAME.pem and NAME.key, and returns their paths."""
        into = into or self.folder
        request = into / f"{name}.csr"
        added = []
        if alternative:
            added += ["-addext", f"subjectAltName={alternative}"]
        if usage:
            added += ["-addext", f"extendedKeyUsage={usage}"]
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject or f"/CN={name}",
                *added, "-keyout", into / f"{name}.key", "-out", request)
        openssl("ca", "-batch", "-notext", "-config", self.configuration, "-startdate", start, "-enddate", end,
                *(["-extensions", extensions] if extensions else []), "-in", request, "-out", into / f"{name}.pem")
        return into / f"{name}.pem", into / f"{name}.key"

    def revoke(self, certificate):
        openssl("ca", "-config", self.configuration, "-revoke", certificate)

    def write_list(self, path, days=30, form="PEM"):
        pem = self.file("list.pem")
        openssl("ca", "-config", self.configuration, "-gencrl", "-crlsec", int(days * 86_400), "-out", pem)
        openssl("crl", "-in", pem, "-outform", form, "-out", path)
        return path
