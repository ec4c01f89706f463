using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>Is told how a run goes; the run itself prints nothing.</summary>
internal interface IFineTuningObserver
{
    /// <summary>Base and articles are loaded.</summary>
    void OnLoaded(FineTuningInputs inputs) { }

    /// <summary>The run continues from a checkpoint.</summary>
    void OnResumed(TrainerState state) { }

    /// <summary>The base's metrics are known, from now or from the checkpoint.</summary>
    void OnBaseMeasured(TrainerState state) { }

    /// <summary>An optimizer step is done.</summary>
    /// <param name="lastRead">The last step whose loss was read; on a GPU that may be an earlier one, or null.</param>
    void OnStep(StepResult? lastRead) { }

    /// <summary>An evaluation during training has measured a number of articles.</summary>
    void OnValidated(int articles) { }

    /// <summary>The history has a new entry.</summary>
    void OnLog(LogEntry entry) { }

    /// <summary>The run was cancelled and can continue from a checkpoint.</summary>
    void OnInterrupted(TrainerState state, string checkpoint) { }

    /// <summary>Training is done.</summary>
    /// <param name="state">Its history.</param>
    /// <param name="bytesExchanged">Bytes that each rank gives to the others in a step; 0 for a process alone.</param>
    void OnTrained(TrainerState state, long bytesExchanged) { }

    /// <summary>Something that the user should know.</summary>
    void OnNote(string note) { }

    /// <summary>The adapter directory is complete.</summary>
    void OnWritten(FineTuningInputs inputs, FineTuningResult result) { }

    /// <summary>Runs a phase of the run.</summary>
    /// <param name="phase">Its name.</param>
    /// <param name="units">Units of work in all: steps or articles.</param>
    /// <param name="done">Units that were done before.</param>
    /// <param name="work">The phase.</param>
    void During(string phase, int units, int done, Action work) => work();

    /// <summary>Returns a callback for the number of units done in the current phase, counted from now.</summary>
    /// <param name="what">What the units are.</param>
    Action<int> Count(string what) => _ => { };
}
