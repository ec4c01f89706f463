namespace FakeNewsOnnx.Train.Training;

/// <summary>An article as the trainer sees it.</summary>
/// <param name="InputIds">Its tokens, after truncation.</param>
/// <param name="Label">Its label's id.</param>
/// <param name="Line">Where its record starts in its file, from 1.</param>
internal sealed record Example(int[] InputIds, int Label, long Line);
