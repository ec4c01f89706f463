#!/bin/bash
# A Slurm cluster of this machine alone: slurm.sh FOLDER COMMAND…
# Starts controller and node daemon (Debian: slurm-wlm) with all their files in FOLDER, runs COMMAND with SLURM_CONF set, and stops them again.
# Needs root, because slurmd starts jobs as their users.
set -euo pipefail
folder=$(realpath "$1"); shift
mkdir -p "$folder"/{state,spool,log}
export SLURM_CONF=$folder/slurm.conf
host=$(hostname -s)
port=$((20000 + $$ % 20000))
cat > "$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SrunPortRange=$((port + 2))-$((port + 12))
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobRequeue=1
KillWait=5
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -D 2> /dev/null & controller=$!
slurmd -D 2> /dev/null & node=$!
trap 'kill $node $controller; wait' EXIT
for _ in $(seq 150); do
  [ "$(sinfo --noheader --format=%t 2> /dev/null)" = idle ] && break
  sleep 0.2
done
"$@"
