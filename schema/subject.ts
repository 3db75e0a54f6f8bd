/** The subject of answers, events and requests. Its kind is always explicit, and never derived from the form of its id. */
import { z } from 'zod'
import { subjectKinds } from '../domain/subject.ts'

export const SubjectKindName = z.enum(subjectKinds).meta({ id: 'SubjectKind', description: 'Ids are unique within a kind only.' })

export const SubjectRef = z.object({ kind: SubjectKindName, id: z.string() }).meta({ id: 'SubjectRef' })
