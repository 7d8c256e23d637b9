"""A study: one TOML file that names a question, policies, capital closures and draws.

`read` checks a file whole, `run` answers it, `Result.save` writes the answer to a folder. The
digest of a result depends on the file, the figures and the versions, not on the executor or the
number of processes.
"""

from corridors.study.ask import as_study, run
from corridors.study.files import Study, StudyFile, check, read, shipped
from corridors.study.progress import Progress
from corridors.study.run import plan

__all__ = ["Progress", "Study", "StudyFile", "as_study", "check", "plan", "read", "run", "shipped"]
