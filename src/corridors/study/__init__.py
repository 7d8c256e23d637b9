"""A study: one TOML file that names a question, policies, capital closures and draws.

`read` checks a file whole, `run` answers it, `publish` writes the answer to a folder. The digest of
a result depends on the file, the figures and the versions, not on the executor or the number of
processes.
"""

from corridors.study.files import Study, StudyFile, check, read, shipped
from corridors.study.run import plan, publish, report, run

__all__ = ["Study", "StudyFile", "check", "plan", "publish", "read", "report", "run", "shipped"]
