#!/bin/bash
# sbatch launch/slurm.sh data.root=/data/photos: a job that is preempted, requeued or out of time goes on where it was.
#SBATCH --job-name={{ cookiecutter.project_slug }}
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --gpus-per-node=2
#SBATCH --cpus-per-task=8
#SBATCH --time=08:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append

status=0
# When one process has ended, the others have 60 seconds to end, too.
srun --wait=60 uv run --no-sync train "$@" || status=$?
if [ "$status" -eq 138 ]; then # SIGUSR1: a checkpoint was written 120 seconds before the end of the time
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
